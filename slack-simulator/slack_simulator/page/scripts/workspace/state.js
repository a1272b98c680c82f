// The page's model of the workspace: loaded once from /sim/state, then updated by feed entries. It
// doesn't depend on the view.

/** The order of messages in a conversation. */
const byTime = (a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);

const SILENT = new Set(['channel_join', 'channel_leave']);

export class Workspace {
  constructor() {
    this.users = new Map();
    this.channels = new Map();
    this.team = { id: '', name: '' };
    this.bot = { id: '', name: 'bot' };
    this.emoji = {};
    this.apps = [];
    this.app = { slash_commands: [], shortcuts: [], home_tab: false };
    this.views = new Map();
    this.page = { ideas: [], first_commands: [], favourites: [] };
    this.suggestions = [];
    this.settings = {};
    this.faults = [];
    this.extensions = [];
    this.playing = null;
    /** How often a channel has changed, which messages may mention. */
    this.renames = 0;
    this.seq = 0;
  }

  /** Replaces the whole state. */
  load(state) {
    const { team, bot, emoji, page, app, apps, extensions = [], suggestions, settings, faults, seq, started } = state;
    Object.assign(this, { team, bot, emoji, page, app, apps, extensions, suggestions, settings, faults, seq, started });
    this.views = new Map(state.views.map((each) => [each.view.id, each]));
    this.users = new Map(state.users.map((shape) => [shape.id, toUser(shape)]));
    this.channels = new Map(state.channels.map((shape) => [shape.id, toChannel(shape, apps)]));
  }

  /** Applies an entry of the feed. Returns the message that it adds, or null. */
  apply(entry) {
    this.seq = Math.max(this.seq, entry.seq);
    const change = CHANGES[entry.kind];
    return (change && change(this, entry)) ?? null;
  }

  // Users and conversations.

  userNamed(name) {
    return [...this.users.values()].find((user) => user.name === name) ?? null;
  }

  channelNamed(name) {
    return [...this.channels.values()].find((channel) => channel.name === name) ?? null;
  }

  /** The members that the user can act as. */
  members() {
    return [...this.users.values()].filter((user) => !user.isBot);
  }

  /** A member's DM with a bot, or null before the first message. */
  dmOf(me, bot) {
    const mine = (channel) => channel.bot === bot && channel.members.has(me);
    return [...this.channels.values()].find(mine) ?? null;
  }

  /** The app of a DM; undefined in other conversations. */
  appOf(channel) {
    return this.apps.find(({ bot }) => bot.id === channel.bot);
  }

  /** The name of an app by its ID, if there are several. */
  nameOfApp(id) {
    return this.apps.length > 1 ? this.apps.find((each) => each.id === id)?.bot.name : undefined;
  }

  /** A member's channels, sorted by name. */
  channelsOf(me) {
    const mine = (channel) => isRoom(channel) && channel.members.has(me) && !channel.isArchived;
    return [...this.channels.values()].filter(mine).sort(byName);
  }

  /** The public channels that a member can join. */
  channelsToJoin(me) {
    const open = (c) => c.kind === 'channel' && !c.members.has(me) && !c.isArchived;
    return [...this.channels.values()].filter(open).sort(byName);
  }

  groupDmsOf(me) {
    const mine = (channel) => channel.kind === 'mpim' && channel.members.has(me);
    return [...this.channels.values()].filter(mine);
  }

  /** Whether a member may see a conversation. */
  maySee(channel, me) {
    return channel.kind === 'channel' || channel.members.has(me);
  }

  /** A conversation's name for a member, without `#`. */
  title(channel, me) {
    if (isRoom(channel)) return channel.name;
    const others = [...channel.members].filter((id) => id !== me);
    return others.map((id) => this.users.get(id)?.realName ?? id).join(', ');
  }

  /** A message's author: a display name, and the user if there is one. */
  author(message) {
    const user = this.users.get(message.user ?? message.botUser) ?? null;
    const name = message.username ?? user?.realName ?? 'Someone';
    return { user, name, isBot: Boolean(message.botId) };
  }

  // Messages.

  /** Adds the messages before the first one of a conversation. */
  addOlder(conversation, { messages, has_more: hasMore }) {
    const older = messages.map((message) => toMessage(message, conversation.id));
    Object.assign(conversation, { hasMore, messages: [...older, ...conversation.messages] });
  }

  /** The messages that a member sees in a conversation, without thread replies. */
  messagesIn(channel, me) {
    const shown = (m) => inChannel(m) && seenBy(m, me);
    return channel.messages.filter(shown);
  }

  /** A thread's parent and the replies that a member sees. */
  thread(channel, ts, me) {
    const shown = (m) => (m.ts === ts || m.threadTs === ts) && seenBy(m, me);
    return channel.messages.filter(shown);
  }

  message(channel, ts) {
    return channel.messages.find((m) => m.ts === ts) ?? null;
  }

  /** The number of messages by others after `ts`, and whether any addresses this member. */
  unread(channel, me, ts) {
    let number = 0;
    let personal = false;
    for (let at = channel.messages.length - 1; at >= 0; at -= 1) {
      const message = channel.messages[at];
      if (message.ts <= ts) break;
      if (message.user === me || SILENT.has(message.subtype)) continue;
      if (!inChannel(message) || !seenBy(message, me)) continue;
      number += 1;
      personal ||= message.text.includes(`<@${me}`) || message.ephemeralTo === me;
    }
    return { number, personal: personal || (number > 0 && channel.kind === 'im') };
  }
}

const isRoom = (channel) => channel.kind === 'channel' || channel.kind === 'group';
const byName = (a, b) => a.name.localeCompare(b.name);
const seenBy = (message, me) => message.ephemeralTo === null || message.ephemeralTo === me;
const inChannel = (message) =>
  message.threadTs === null
  || message.threadTs === message.ts
  || message.subtype === 'thread_broadcast';

export const isQuiet = (message) => SILENT.has(message.subtype);

// Conversion of Slack's shapes.

function toUser(shape) {
  return {
    id: shape.id,
    name: shape.name,
    realName: shape.real_name || shape.name,
    isBot: shape.is_bot,
    isAdmin: shape.is_admin,
  };
}

function toChannel(shape, apps) {
  const its = shape.kind === 'im' && apps.find(({ bot }) => shape.members.includes(bot.id));
  const channel = {
    id: shape.id,
    name: shape.name ?? '',
    // A DM with a bot that has no app is among the group DMs.
    kind: shape.kind === 'im' && !its ? 'mpim' : shape.kind,
    /** The ID of the bot whose DM it is. */
    bot: its ? its.bot.id : null,
    purpose: shape.purpose?.value ?? '',
    isGeneral: Boolean(shape.is_general),
    isArchived: Boolean(shape.is_archived),
    members: new Set(shape.members),
    hasMore: Boolean(shape.has_more),
    /** The `ts` of pinned messages, the newest pin last. */
    pins: shape.pins ?? [],
    /** Slack's bookmark objects. */
    bookmarks: shape.bookmarks ?? [],
  };
  const messages = (shape.messages ?? []).map((message) => toMessage(message, shape.id));
  return { ...channel, messages: messages.sort(byTime) };
}

function toMessage(shape, channel, more = {}) {
  return {
    // Ephemeral messages also have their own `ts`.
    key: `${channel}/${shape.ts}`,
    channel,
    ts: shape.ts,
    text: shape.text ?? '',
    user: shape.user ?? null,
    botId: shape.bot_id ?? null,
    botUser: shape.bot_profile?.user_id ?? null,
    username: shape.username ?? null,
    subtype: shape.subtype ?? null,
    threadTs: shape.thread_ts ?? null,
    attachments: shape.attachments ?? [],
    blocks: shape.blocks ?? [],
    files: shape.files ?? [],
    reactions: new Map((shape.reactions ?? []).map(({ name, users }) => [name, new Set(users)])),
    edited: Boolean(shape.edited),
    ephemeralTo: shape.ephemeral_to ?? null,
    unfurl: shape.unfurl_links === true,
    metadata: shape.metadata ?? null,
    revision: 0,
    ...more,
  };
}

// The changes by kind of feed entry.

const CHANGES = {
  message: (workspace, entry) => said(workspace, entry, null),
  ephemeral: (workspace, entry) => said(workspace, entry, entry.user),
  message_changed(workspace, { channel, message: shape }) {
    const message = find(workspace, channel, shape.ts);
    if (!message) return;
    const { text, subtype, attachments, blocks, edited, metadata } = toMessage(shape, channel);
    Object.assign(message, { text, subtype, attachments, blocks, edited, metadata });
  },
  message_deleted(workspace, { channel, ts }) {
    const conversation = workspace.channels.get(channel);
    const message = conversation && find(workspace, channel, ts);
    if (!message) return;
    conversation.messages = conversation.messages.filter((other) => other !== message);
    const parent = message.threadTs && workspace.message(conversation, message.threadTs);
    if (parent) parent.revision += 1;
  },
  reaction(workspace, { channel, ts, emoji, user }) {
    const message = find(workspace, channel, ts);
    if (!message) return;
    if (!message.reactions.has(emoji)) message.reactions.set(emoji, new Set());
    message.reactions.get(emoji).add(user);
  },
  reaction_removed(workspace, { channel, ts, emoji, user }) {
    const message = find(workspace, channel, ts);
    const users = message?.reactions.get(emoji);
    if (users?.delete(user) && !users.size) message.reactions.delete(emoji);
  },
  view(workspace, { action, view_id: id, user, view }) {
    if (action === 'closed') workspace.views.delete(id);
    else workspace.views.set(id, { user, view });
  },
  team_join(workspace, { user: shape }) {
    workspace.users.set(shape.id, toUser(shape));
    for (const channel of workspace.channels.values()) {
      if (channel.isGeneral) channel.members.add(shape.id);
    }
  },
  channel_join(workspace, { channel, user, ts }) {
    workspace.channels.get(channel)?.members.add(user);
    const line = { ts, user, subtype: 'channel_join', text: `<@${user}> has joined the channel` };
    return insert(workspace, toMessage(line, channel));
  },
  channel_leave(workspace, { channel, user, ts }) {
    workspace.channels.get(channel)?.members.delete(user);
    const line = { ts, user, subtype: 'channel_leave', text: `<@${user}> has left the channel` };
    return insert(workspace, toMessage(line, channel));
  },
  channel_changed(workspace, { channel, channel_name: name, is_archived: isArchived, what }) {
    workspace.renames += 1;
    if (what === 'deleted') workspace.channels.delete(channel);
    else Object.assign(workspace.channels.get(channel) ?? {}, { name, isArchived });
  },
  scenario(workspace, entry) {
    workspace.playing = entry.state === 'playing' ? entry : null;
  },
  dm_opened(workspace, { channel, members }) {
    if (workspace.channels.has(channel)) return;
    const kind = members.length === 2 ? 'im' : 'mpim';
    workspace.channels.set(channel, toChannel({ id: channel, kind, members }, workspace.apps));
  },
  app_added(workspace, { app: id, bot, setup, user }) {
    workspace.users.set(user.id, toUser(user));
    workspace.apps = [...workspace.apps.filter((each) => each.id !== id), { id, bot, setup }];
  },
  announced(workspace, { what, events, channel, bookmarks }) {
    const conversation = workspace.channels.get(channel);
    if (conversation && bookmarks) conversation.bookmarks = bookmarks;
    const ts = events[0]?.item?.message?.ts;
    if (!conversation || !ts || !/^pin_/.test(what)) return;
    const others = conversation.pins.filter((pin) => pin !== ts);
    conversation.pins = what === 'pin_added' ? [...others, ts] : others;
  },
};

function said(workspace, entry, ephemeralTo) {
  const shape = { ...entry.message, unfurl_links: entry.unfurl_links };
  const message = toMessage(shape, entry.channel, { ephemeralTo });
  // Authors in a public channel are members of it.
  if (message.user) workspace.channels.get(entry.channel)?.members.add(message.user);
  const parent = message.threadTs && find(workspace, entry.channel, message.threadTs);
  if (parent && parent !== message) parent.revision += 1;
  return insert(workspace, message);
}

function insert(workspace, message) {
  const conversation = workspace.channels.get(message.channel);
  if (!conversation || conversation.messages.some((other) => other.ts === message.ts)) return null;
  const inOrder = !conversation.messages.length || conversation.messages.at(-1).ts < message.ts;
  conversation.messages.push(message);
  if (!inOrder) conversation.messages.sort(byTime);
  return message;
}

function find(workspace, channel, ts) {
  const conversation = workspace.channels.get(channel);
  const message = conversation && workspace.message(conversation, ts);
  if (message) message.revision += 1;
  return message ?? null;
}
