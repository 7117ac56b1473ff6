// The officer's desk: keys, claiming, choosing many, who else is there, and the alarm of a U1 that nobody took.
// Everything has a way without this file: links, buttons and forms.
(() => {
  const words = document.getElementById('desk-words')?.dataset;
  const live = document.getElementById('live');
  if (!words || !live) return;
  const queue = () => document.querySelector('table.queue');
  const say = (text) => {
    const region = document.getElementById('said');
    region.textContent = '';
    setTimeout(() => { region.textContent = text; }, 50); // the same words twice are said twice
  };
  const show = (text, good) => {
    say(text);
    const box = document.getElementById('told');
    box.textContent = text;
    box.className = `alert ${good ? 'alert-success' : 'alert-warning'} told`;
    box.hidden = false;
    clearTimeout(show.timer);
    show.timer = setTimeout(() => { box.hidden = true; }, good ? 6000 : 20000);
  };

  // ── Rows ──────────────────────────────────────────────────────────────────
  const rows = () => [...document.querySelectorAll('table.queue tbody tr')];
  const here = () => document.activeElement?.closest?.('table.queue tbody tr');
  let last = null; // the reference of the row that was last in hand
  const stand = (row) => {
    if (!row) return;
    last = row.dataset.case;
    rows().forEach((one) => one.classList.toggle('here', one === row));
    row.querySelector('.case a')?.focus();
    row.scrollIntoView({ block: 'nearest' });
  };
  const present = () => here() ?? rows().find((one) => one.dataset.case === last);
  const step = (by) => {
    const all = rows();
    const at = all.indexOf(present());
    stand(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))]);
  };
  document.addEventListener('focusin', () => {
    const row = here();
    if (row) { last = row.dataset.case; rows().forEach((one) => one.classList.toggle('here', one === row)); }
  });

  // ── Taking and giving ─────────────────────────────────────────────────────
  const bulk = document.getElementById('bulk');
  const send = async (form) => {
    const answer = await fetch(bulk.action, {
      method: 'POST', body: form, headers: { Accept: 'application/json' },
    });
    if (answer.redirected || !answer.headers.get('content-type')?.includes('json')) throw new Error('no answer');
    return answer.json();
  };
  const claim = async (value) => {
    const form = new FormData();
    form.set('csrf_token', bulk.querySelector('[name=csrf_token]').value);
    form.set('claim', value);
    try {
      const [one] = await send(form);
      show(`${one.reference}: ${one.words}`, one.done);
    } catch { show(words.lost, false); }
    document.dispatchEvent(new CustomEvent('hotline:refresh'));
  };
  const picked = () => [...document.querySelectorAll('table.queue .pick input:checked')];
  const count = () => {
    const shown = document.getElementById('picked');
    if (!shown) return;
    shown.textContent = String(picked().length);
    bulk.classList.toggle('idle', !picked().length);
    document.getElementById('pick-all').checked = rows().length > 0 && picked().length === rows().length;
  };
  const give = async () => {
    if (!picked().length) { show(words.none, false); return; }
    try {
      const results = await send(new FormData(bulk));
      const refused = results.filter((one) => !one.done);
      const good = results.length - refused.length;
      const told = refused.map((one) => `${one.reference}: ${one.words}`);
      show([`${words.given} ${good}.`, ...(told.length ? [`${words.refused} ${told.length}.`, ...told] : [])].join('\n'),
        !refused.length);
      // What was refused stays chosen; what was done is done.
      picked().forEach((box) => {
        box.checked = refused.some((one) => one.reference === box.closest('tr').dataset.case);
      });
    } catch { show(words.lost, false); }
    document.dispatchEvent(new CustomEvent('hotline:refresh'));
  };
  if (bulk) {
    document.addEventListener('click', (event) => {
      const button = event.target.closest('button.claim');
      if (button) { event.preventDefault(); claim(button.value); }
    });
    // Before console.js marks the form as sent: it is used again.
    bulk.addEventListener('submit', (event) => {
      event.preventDefault(); event.stopPropagation(); give();
    });
    document.addEventListener('change', (event) => {
      if (event.target.id === 'pick-all') {
        document.querySelectorAll('table.queue .pick input').forEach((box) => { box.checked = event.target.checked; });
      }
      count();
    });
    document.addEventListener('hotline:refreshed', count);
    count();
  }

  // ── Keys ──────────────────────────────────────────────────────────────────
  document.addEventListener('keydown', (event) => {
    if (!queue() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.matches('input:not([type="checkbox"]), select, textarea')) return;
    // A dialog just closed keeps the focus until the browser paints again: only an open one keeps the keys.
    if (event.target.closest('dialog[open]')) return;
    const act = {
      j: () => step(1),
      k: () => step(-1),
      x: () => { present()?.querySelector('.pick input')?.click(); },
      a: () => document.getElementById('bulk-to')?.focus(),
      c: () => {
        const row = present();
        if (!row) { show(words.choose, false); return; }
        claim(row.querySelector('.pick input').value);
      },
      f: () => { const more = document.querySelector('details.filters'); more.open = true; more.querySelector('input:not([type="hidden"])').focus(); },
      n: () => document.querySelector('a[rel="next"]')?.click(),
    }[event.key];
    if (act) { event.preventDefault(); act(); return; }
    if (event.key === 'Enter' && event.target === document.body) {
      const link = present()?.querySelector('.case a');
      if (link) { event.preventDefault(); link.click(); }
    }
  });

  // ── Who else is there ─────────────────────────────────────────────────────
  const badge = ([name, typing]) => {
    const made = document.createElement('span');
    made.className = 'badge other';
    made.textContent = `${typing ? '✎' : '👁'} ${name} ${typing ? words.types : words.looks}`;
    return made;
  };
  let others = null;
  const paintOthers = () => {
    if (!others) return;
    document.querySelectorAll('[data-present]').forEach((place) => {
      place.replaceChildren(...(others[place.dataset.present] ?? []).flatMap((one) => [badge(one), ' ']));
    });
  };
  document.addEventListener('hotline:present', ({ detail }) => { others = detail; paintOthers(); });
  document.addEventListener('hotline:refreshed', paintOthers);
  const TYPING_MS = 6000;
  let quiet = null;
  const typing = (on) => {
    if (Boolean(live.dataset.typing) === on) return;
    if (on) live.dataset.typing = '1'; else delete live.dataset.typing;
    document.dispatchEvent(new CustomEvent('hotline:typing'));
  };
  if (live.dataset.live.includes('case=')) {
    document.addEventListener('input', (event) => {
      if (!event.target.matches('textarea, input[type="text"], input:not([type])')) return;
      typing(true);
      clearTimeout(quiet);
      quiet = setTimeout(() => typing(false), TYPING_MS);
    });
  }

  // ── The alarm ─────────────────────────────────────────────────────────────
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window */ } };
  // A case rings once in a browser, whichever page is open.
  const rung = () => new Set(JSON.parse(kept('hotline-rung') ?? '[]'));
  let sounds = null;
  const ready = () => {
    if (kept('hotline-sound') !== 'on' || !window.AudioContext) return;
    sounds ??= new AudioContext();
    if (sounds.state === 'suspended') sounds.resume().then(paint).catch(() => {});
  };
  const ring = () => {
    if (!sounds || sounds.state !== 'running' || kept('hotline-sound') !== 'on') return;
    [0, 0.25, 0.5].forEach((at, number) => {
      const tone = sounds.createOscillator();
      const volume = sounds.createGain();
      tone.frequency.value = number % 2 ? 660 : 880;
      volume.gain.setValueAtTime(0.0001, sounds.currentTime + at);
      volume.gain.exponentialRampToValueAtTime(0.3, sounds.currentTime + at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, sounds.currentTime + at + 0.2);
      tone.connect(volume).connect(sounds.destination);
      tone.start(sounds.currentTime + at);
      tone.stop(sounds.currentTime + at + 0.22);
    });
    document.documentElement.dataset.rang = String(Number(document.documentElement.dataset.rang ?? 0) + 1);
  };
  const title = document.title;
  let flashing = null;
  const flash = () => {
    clearInterval(flashing);
    let times = 0;
    flashing = setInterval(() => {
      times += 1;
      document.title = times % 2 ? `▲ ${words.alarm}` : title;
      if (times >= 20) { clearInterval(flashing); document.title = title; }
    }, 700);
  };
  const notify = (references) => {
    if (kept('hotline-notices') !== 'on' || !window.Notification || Notification.permission !== 'granted') return;
    // A lock screen is read by others: no name, no place, no words.
    const made = new Notification(words.alarm, { body: references.join(', '), tag: 'hotline-u1' });
    made.onclick = () => { window.focus(); made.close(); };
  };
  document.addEventListener('hotline:alarm', ({ detail }) => {
    const known = rung();
    const fresh = detail.filter((one) => !known.has(one));
    keep('hotline-rung', JSON.stringify([...known, ...fresh].slice(-200)));
    if (!fresh.length) return;
    say(`${words.alarm}: ${fresh.join(', ')}`);
    flash();
    ring();
    notify(fresh);
  });

  const state = (id, value) => {
    const button = document.getElementById(id);
    if (!button) return;
    button.setAttribute('aria-pressed', String(value !== 'off'));
    button.querySelector('span').textContent = button.querySelector('span').dataset[value];
  };
  const paint = () => {
    const wanted = kept('hotline-sound') === 'on';
    state('sound', wanted ? (sounds?.state === 'running' ? 'on' : 'blocked') : 'off');
    const told = kept('hotline-notices') === 'on';
    state('notices', told ? (window.Notification?.permission === 'granted' ? 'on' : 'blocked') : 'off');
  };
  document.getElementById('alarms')?.removeAttribute('hidden');
  document.getElementById('sound')?.addEventListener('click', () => {
    // On, but not yet allowed: this very click allows it.
    const waits = kept('hotline-sound') === 'on' && sounds?.state !== 'running';
    keep('hotline-sound', waits || kept('hotline-sound') !== 'on' ? 'on' : 'off');
    ready();
    paint();
    if (sounds?.state === 'running') ring();
  });
  document.getElementById('notices')?.addEventListener('click', async () => {
    keep('hotline-notices', kept('hotline-notices') === 'on' ? 'off' : 'on');
    if (kept('hotline-notices') === 'on' && window.Notification?.permission === 'default') {
      await Notification.requestPermission();
    }
    paint();
  });
  // Browsers let a page sound only after a touch or a key: the first one on this page does.
  ['pointerdown', 'keydown'].forEach((name) => document.addEventListener(name, () => { ready(); paint(); }, { once: true }));
  ready();
  paint();
})();
