// The state of this window: the member, the open conversation and pane, and what was read.

import { addressOf, readAddress, TIMELINE } from './routes.js';
import { recall, remember } from './workspace/prefs.js';

const HOME = 'general';

export class View {
  constructor(app) {
    this.app = app;
    const { route, pane, home } = readAddress(location.hash);
    this.home = home;
    this.me = recall('me', '');
    this.timeline = route === TIMELINE;
    this.route = this.timeline || !route ? recall('route', HOME) : route;
    this.pane = null;
    this.wanted = pane;
    this.drawer = false;
    this.welcome = !recall('welcomed', false);
    this.read = recall('read', {});
    this.since = recall('since', '');
    this.newFrom = null;
  }

  /** Resolves the stored state, once the workspace is loaded. */
  settle() {
    const { workspace } = this.app;
    if (!workspace.users.has(this.me)) {
      this.me = (workspace.userNamed('regular') ?? workspace.members()[0]).id;
    }
    // This window keeps its member when another one switches.
    remember('me', this.me);
    if (!this.since) {
      const newest = (channel) => channel.messages.at(-1)?.ts ?? '0';
      this.since = [...workspace.channels.values()].map(newest).sort().at(-1) ?? '0';
      remember('since', this.since);
    }
    if (this.pane?.kind === 'thread' && !workspace.channels.has(this.pane.channel)) this.pane = null;
    this.enter(this.timeline ? TIMELINE : this.known(this.route));
    if (this.wanted) this.openAddressed(this.wanted);
    this.wanted = null;
  }

  // The conversation.

  get conversation() {
    return this.resolve(this.route) ?? this.resolve(HOME) ?? this.dmWith(this.app.workspace.bot);
  }

  /** The route of your direct messages with the bot. */
  get botRoute() {
    return `@${this.app.workspace.bot.name}`;
  }

  resolve(route) {
    const { workspace } = this.app;
    const its = workspace.apps.find(({ bot }) => route === `@${bot.name}`);
    if (its) return this.dmWith(its.bot);
    const channel = workspace.channelNamed(route) ?? workspace.channels.get(route);
    return channel && workspace.maySee(channel, this.me) ? channel : null;
  }

  /** Your direct messages with a bot, even if there are none yet. */
  dmWith(bot) {
    const unopened = { id: null, kind: 'im', bot: bot.id, name: '', purpose: '', messages: [] };
    return this.app.workspace.dmOf(this.me, bot.id) ?? { ...unopened, members: new Set([this.me, bot.id]) };
  }

  routeTo(channel) {
    if (channel.kind === 'im') return `@${this.app.workspace.appOf(channel).bot.name}`;
    return channel.kind === 'mpim' ? channel.id : channel.name;
  }

  /** A key that changes with the conversation and the member. */
  get conversationKey() {
    return `${this.me} ${this.routeTo(this.conversation)}`;
  }

  get conversationTitle() {
    const { conversation } = this;
    const title = this.app.workspace.title(conversation, this.me);
    return conversation.kind === 'channel' ? `#${title}` : title;
  }

  /** The title of this window. */
  get title() {
    return this.timeline ? 'Timeline' : this.conversationTitle;
  }

  /** Whether every message in this conversation goes to the bot. */
  get isBotDm() {
    return this.conversation.bot === this.app.workspace.bot.id;
  }

  /** What to add to a request's address for it to be about the app of this conversation. */
  get appQuery() {
    const its = this.app.workspace.appOf(this.conversation);
    return its ? `?app=${its.id}` : '';
  }

  /** Opens a conversation, or the timeline. */
  enter(route) {
    this.timeline = route === TIMELINE;
    if (this.timeline) return;
    if (route !== this.route) this.home = false;
    this.route = route;
    remember('route', route);
    const { conversation } = this;
    const from = this.readUpTo(conversation);
    const { number } = this.app.workspace.unread(conversation, this.me, from);
    this.newFrom = number ? from : null;
  }

  /** The route, or #general's with a word about it if there is no such place. */
  known(route) {
    if (route === TIMELINE || this.resolve(route)) return route;
    this.app.actions.toast(`There’s no “${route}” here.`);
    history.replaceState(null, '', addressOf(HOME));
    return HOME;
  }

  // The pane.

  /** Shows a pane, or none with null, and updates the address. */
  show(pane) {
    this.pane = pane;
    this.writeAddress('replace');
  }

  /** Opens the pane given by an address. */
  openAddressed({ kind, id }) {
    if (this.pane?.kind === kind && String(this.pane.id ?? this.pane.ts) === id) return;
    if (kind === 'trace') this.pane = { kind, id, follow: false };
    else if (kind === 'entry') this.pane = { kind, id };
    else if (this.conversation.id) this.pane = { kind, channel: this.conversation.id, ts: id };
  }

  writeAddress(how) {
    const home = this.home && this.conversation.kind === 'im';
    const address = addressOf(this.timeline ? TIMELINE : this.route, this.pane, home);
    if (address !== location.hash) history[`${how}State`](null, '', address);
  }

  // Read positions.

  readUpTo(conversation) {
    return this.read[`${this.me}/${conversation.id}`] ?? this.since;
  }

  /** Marks the conversation as read, if its end is visible. */
  markRead(atEnd) {
    const { conversation } = this;
    const newest = conversation.messages.at(-1)?.ts;
    if (this.timeline || !newest || document.hidden || !atEnd || newest <= this.readUpTo(conversation)) return;
    this.read[`${this.me}/${conversation.id}`] = newest;
    remember('read', this.read);
  }

  unread(channel) {
    return this.app.workspace.unread(channel, this.me, this.readUpTo(channel));
  }

  unreadInAll() {
    return [...this.app.workspace.channels.values()]
      .filter((channel) => channel.members.has(this.me))
      .reduce((sum, channel) => sum + this.unread(channel).number, 0);
  }
}
