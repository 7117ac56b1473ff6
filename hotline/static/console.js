// Countdowns, live refresh and keys of the console. The pages work without it; they only stand still.
(() => {
  const pad = (n) => String(n).padStart(2, '0');
  const span = (seconds) => {
    const s = Math.abs(Math.round(seconds));
    const days = Math.floor(s / 86400);
    const rest = `${pad(Math.floor((s % 86400) / 3600))}:${pad(Math.floor((s % 3600) / 60))}:${pad(s % 60)}`;
    return days ? `${days} d ${rest}` : rest;
  };
  const live = document.getElementById('live');
  // The server's clock counts: a phone's may be minutes off. Moments are absolute, so sleep costs nothing.
  const ahead = live?.dataset.now ? Date.parse(live.dataset.now) - Date.now() : 0;
  const clockIn = (zone, now) => {
    try {
      return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(now);
    } catch { return null; } // a zone this browser does not know: the server's words stay
  };
  const tick = () => {
    const now = Date.now() + ahead;
    document.querySelectorAll('[data-zone]').forEach((el) => {
      const there = clockIn(el.dataset.zone, now);
      if (there && el.textContent !== there) el.textContent = there;
    });
    document.querySelectorAll('[data-due]').forEach((el) => {
      const left = (Date.parse(el.dataset.due) - now) / 1000;
      el.textContent = left < 0 ? `${el.dataset.late} ${span(left)}` : span(left);
      el.classList.toggle('overdue', left < 0);
      el.classList.toggle('soon', left >= 0 && left < 300);
    });
    document.querySelectorAll('[data-since]').forEach((el) => {
      const age = (now - Date.parse(el.dataset.since)) / 1000;
      el.textContent = span(Math.max(0, age));
      if (el.dataset.stale) el.classList.toggle('overdue', age > Number(el.dataset.stale));
    });
  };

  const parts = () => [...live.querySelectorAll('[data-part]')];
  const contentOf = (fragment, old) =>
    old === live ? fragment.body : fragment.querySelector(`[data-part="${old.dataset.part}"]`);
  // What somebody is choosing or typing must not be swapped away under them: that part waits until they leave it.
  const isInUse = (part) =>
    part.contains(document.activeElement)
    && document.activeElement.matches('select, input:not([type="checkbox"]), textarea');
  let waiting = false;

  // By what a link, a box or a button is found again in the fresh table.
  const nameOf = (el) => {
    const href = el.getAttribute('href');
    if (href) return `a[href="${CSS.escape(href)}"]`;
    return el.name && el.value ? `[name="${CSS.escape(el.name)}"][value="${CSS.escape(el.value)}"]` : null;
  };

  const swap = (part, fresh) => {
    // Those with a name of their own are found again wherever they stand; the one without is the part's last.
    const open = [...part.querySelectorAll('details[open]')].map((one) => one.dataset.keep ?? '');
    const focused = part.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    const checked = [...part.querySelectorAll('input[type="checkbox"]:checked')].map(nameOf);
    part.replaceChildren(...fresh.childNodes);
    checked.forEach((name) => { const again = name && part.querySelector(name); if (again) again.checked = true; });
    open.forEach((name) => {
      const again = part.querySelector(name ? `details[data-keep="${CSS.escape(name)}"]` : 'details:not([data-keep])');
      if (again) again.open = true;
    });
    if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
  };

  const LONGEST_MS = 20000;
  const fetchIn = async () => {
    waiting = false;
    const answer = await fetch(live.dataset.fragment, {
      headers: { Accept: 'text/html' },
      signal: AbortSignal.timeout?.(LONGEST_MS),
    });
    if (!answer.ok || answer.redirected) return;
    const fragment = new DOMParser().parseFromString(await answer.text(), 'text/html');
    (parts().length ? parts() : [live]).forEach((part) => {
      const fresh = contentOf(fragment, part);
      if (!fresh) return;
      if (isInUse(part)) waiting = true; else swap(part, fresh);
    });
    tick();
    document.dispatchEvent(new CustomEvent('hotline:refreshed'));
  };

  // One at a time: where answers are slow the next one would overtake it, and a busy server would get ever busier.
  // What changed meanwhile is fetched once more.
  let fetching = false;
  let again = false;
  let later = null;
  const refresh = async () => {
    again = true;
    if (fetching) return;
    fetching = true;
    while (again) {
      again = false;
      clearTimeout(later);
      later = null;
      await fetchIn().catch(() => {});
    }
    fetching = false;
  };
  // Of cases that the page does not show only the counts above it tell: they have time.
  const ELSEWHERE_MS = 10000;
  const refreshLater = () => { later ??= setTimeout(refresh, ELSEWHERE_MS); };

  // A page that has stopped living must say so: its countdowns run on and look alive.
  const SILENT_MS = 12000;
  const REOPEN_MS = 5000;
  let heard = Date.now();
  let source = null;
  const listen = () => {
    source?.close();
    const url = new URL(live.dataset.live, window.location.href);
    url.searchParams.set('cursor', live.dataset.cursor);
    // A page behind another is in front of nobody; who types is shown to whoever else has the case open.
    if (document.hidden) url.searchParams.set('away', '1');
    else if (live.dataset.typing) url.searchParams.set('typing', '1');
    source = new EventSource(url);
    const mine = source;
    ['present', 'alarm'].forEach((name) => source.addEventListener(name, (event) => {
      live.dataset.cursor = event.lastEventId;
      document.dispatchEvent(new CustomEvent(`hotline:${name}`, { detail: JSON.parse(event.data) }));
    }));
    source.addEventListener('open', () => { heard = Date.now(); });
    source.addEventListener('changed', (event) => {
      live.dataset.cursor = event.lastEventId;
      refresh();
    });
    source.addEventListener('elsewhere', (event) => {
      live.dataset.cursor = event.lastEventId;
      refreshLater();
    });
    // The browser asks again after a short answer by itself, but never after an error status.
    source.addEventListener('error', () => {
      if (mine === source && mine.readyState === EventSource.CLOSED) setTimeout(listen, REOPEN_MS);
    });
  };
  if (live && window.EventSource) {
    listen();
    document.addEventListener('visibilitychange', () => { tick(); listen(); });
    document.addEventListener('hotline:typing', listen);
    document.addEventListener('hotline:refresh', () => refresh());
    live.addEventListener('focusout', () => { if (waiting) setTimeout(() => refresh(), 200); });
    setInterval(() => {
      document.getElementById('stale')?.toggleAttribute('hidden', Date.now() - heard < SILENT_MS);
    }, 1000);
  }

  // A second press at 3 a.m. must not send a second message.
  document.addEventListener('submit', (event) => {
    if (event.target.method !== 'post') return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = '1';
  });
  window.addEventListener('pageshow', (event) => { if (event.persisted) window.location.reload(); });

  document.querySelectorAll('[data-count]').forEach((el) => {
    const shown = document.getElementById(el.dataset.count);
    const count = () => { shown.textContent = String(el.value.length); };
    el.addEventListener('input', count);
    count();
  });

  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches('input:not([type="checkbox"]), select, textarea')) return;
    const act = {
      '/': () => {
        const box = document.querySelector('input[type="search"]');
        if (box) box.focus(); else window.location.href = '/console/search';
      },
      c: () => document.getElementById('claim')?.requestSubmit(),
      r: () => document.getElementById('reply_body')?.focus(),
      q: () => { window.location.href = '/console/'; },
      '?': () => document.getElementById('keys')?.showModal(),
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  tick();
  setInterval(tick, 1000);
})();
