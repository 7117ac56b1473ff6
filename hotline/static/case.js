// The case page: drafts that survive, warnings while writing, filters. Nothing typed leaves this device but by its form.
(() => {
  const desk = document.getElementById('desk');
  if (!desk) return;

  // --- drafts: one for each field, case and user; gone once what was typed has been saved, or after a week.
  const PREFIX = 'draft:';
  const WEEK = 7 * 24 * 3600 * 1000;
  const SENT = 'draft-sent';
  const keyOf = (field) => `${PREFIX}${desk.dataset.user}:${desk.dataset.case}:${field.dataset.draft}`;
  const store = (() => {
    try { localStorage.setItem(PREFIX, ''); localStorage.removeItem(PREFIX); return localStorage; } catch { return null; }
  })();
  const fields = [...document.querySelectorAll('[data-draft]')];
  const keep = (field) => {
    if (!store) return;
    if (field.value.trim()) store.setItem(keyOf(field), JSON.stringify({ at: Date.now(), words: field.value }));
    else store.removeItem(keyOf(field));
  };
  const tell = (field, shown) => document.getElementById(`${field.id}-draft`)?.toggleAttribute('hidden', !shown);
  const forget = () => {
    Object.keys(store).filter((key) => key.startsWith(PREFIX)).forEach((key) => {
      let at = 0;
      try { at = JSON.parse(store.getItem(key)).at; } catch { /* not ours to read */ }
      if (Date.now() - at > WEEK) store.removeItem(key);
    });
  };
  if (store) {
    forget();
    const saved = Boolean(document.querySelector('main > .alert-success'));
    const sent = JSON.parse(sessionStorage.getItem(SENT) ?? '[]');
    sessionStorage.removeItem(SENT);
    // What was saved is forgotten, unless somebody wrote on in another window since.
    if (saved) sent.forEach(([key, raw]) => { if (store.getItem(key) === raw) store.removeItem(key); });
    fields.forEach((field) => {
      const raw = store.getItem(keyOf(field));
      if (raw && !field.value) {
        try { field.value = JSON.parse(raw).words; } catch { return; }
        field.closest('details')?.setAttribute('open', '');
        tell(field, true);
      } else if (field.value) {
        // The browser may have filled it in itself after a reload.
        if (raw && field.value !== field.defaultValue) tell(field, true);
        keep(field);
      }
      field.addEventListener('input', () => { keep(field); tell(field, false); });
    });
    // Another window of the same officer: show there what was written here, if nothing is being written there.
    window.addEventListener('storage', (event) => {
      const field = fields.find((one) => keyOf(one) === event.key);
      if (!field || field === document.activeElement || field.value !== (JSON.parse(event.oldValue ?? 'null')?.words ?? '')) return;
      field.value = JSON.parse(event.newValue ?? 'null')?.words ?? '';
    });
    document.addEventListener('submit', (event) => {
      const mine = fields.filter((field) => field.form === event.target && store.getItem(keyOf(field)));
      sessionStorage.setItem(SENT, JSON.stringify(mine.map((field) => [keyOf(field), store.getItem(keyOf(field))])));
    });
  }

  // A form that is sent without a connection would end on the browser's error page.
  const offline = document.getElementById('offline');
  const connection = () => offline?.toggleAttribute('hidden', navigator.onLine);
  window.addEventListener('online', connection);
  window.addEventListener('offline', connection);
  connection();
  document.addEventListener('submit', (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    offline?.focus();
  }, true);

  // --- the composer: how many SMS, and words that would betray her.
  const BASIC = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
  const EXTENDED = new Set('€^{}[]~\\|\f');
  const segments = (text) => {
    const letters = [...text];
    if (letters.every((one) => BASIC.has(one) || EXTENDED.has(one))) {
      const length = letters.reduce((sum, one) => sum + (EXTENDED.has(one) ? 2 : 1), 0);
      return length <= 160 ? 1 : Math.ceil(length / 153);
    }
    return text.length <= 70 ? 1 : Math.ceil(text.length / 67);
  };
  const reply = document.getElementById('reply_body');
  if (reply) {
    const parts = document.getElementById('reply-parts');
    const warning = document.getElementById('reply-warning');
    const named = document.getElementById('reply-words');
    const avoid = new Set((reply.dataset.avoid ?? '').split(' ').filter(Boolean));
    const look = () => {
      if (parts) parts.textContent = String(segments(reply.value));
      const found = [...new Set(reply.value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])].filter((word) => avoid.has(word));
      warning.toggleAttribute('hidden', found.length === 0);
      named.textContent = found.join(', ');
      reply.setAttribute('aria-invalid', String(found.length > 0));
    };
    reply.addEventListener('input', look);
    look();
    // The letters of a restored draft are counted too.
    const count = document.getElementById(reply.dataset.count);
    if (count) count.textContent = String(reply.value.length);
  }

  // --- the hour where she is.
  const there = () => document.querySelectorAll('[data-zone]').forEach((el) => {
    el.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
      timeZone: el.dataset.zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hour12: false,
    }).format(new Date());
  });
  there();
  setInterval(there, 15000);

  // --- call a colleague upon in a note.
  const mention = document.getElementById('mention');
  mention?.addEventListener('change', () => {
    const note = document.getElementById('note_body');
    if (!mention.value) return;
    const at = note.selectionStart ?? note.value.length;
    const before = note.value.slice(0, at);
    const gap = before && !/\s$/.test(before) ? ' ' : '';
    note.value = `${before}${gap}@${mention.value} ${note.value.slice(at)}`;
    mention.value = '';
    note.dispatchEvent(new Event('input', { bubbles: true }));
    note.focus();
  });

  // --- the timeline shows what one looks for; the choice outlives the live refresh.
  const choose = (group) => {
    document.body.dataset.timeline = group;
    document.querySelectorAll('[data-show]').forEach((one) => {
      one.setAttribute('aria-pressed', String(one.dataset.show === group));
      one.classList.toggle('active', one.dataset.show === group);
    });
  };
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-show]');
    if (button) choose(button.dataset.show);
  });
  new MutationObserver(() => choose(document.body.dataset.timeline ?? ''))
    .observe(desk, { childList: true, subtree: true });
  choose('');

  document.getElementById('stale-save')?.focus();
})();
