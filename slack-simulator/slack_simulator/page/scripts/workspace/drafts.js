// The unsent draft of each conversation. Texts survive a reload; files don't.

import { recall, remember } from './prefs.js';

export class Drafts {
  constructor() {
    this.texts = recall('drafts', {});
    this.files = new Map();
  }

  of(key) {
    return this.texts[key] ?? '';
  }

  fileOf(key) {
    return this.files.get(key) ?? null;
  }

  has(key) {
    return Boolean(this.of(key).trim() || this.files.get(key));
  }

  keep(key, text, file) {
    if (file) this.files.set(key, file);
    else this.files.delete(key);
    if (text === this.of(key)) return;
    if (text) this.texts[key] = text;
    else delete this.texts[key];
    remember('drafts', this.texts);
  }
}
