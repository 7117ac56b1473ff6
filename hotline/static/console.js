// Countdowns, live refresh and keys of the console. The pages work without it; they only stand still.
(() => {
  const pad = (n) => String(n).padStart(2, '0');
  const span = (seconds) => {
    const s = Math.abs(Math.round(seconds));
    const days = Math.floor(s / 86400);
    const rest = `${pad(Math.floor((s % 86400) / 3600))}:${pad(Math.floor((s % 3600) / 60))}:${pad(s % 60)}`;
    return days ? `${days} d ${rest}` : rest;
  };
  const tick = () => {
    const now = Date.now();
    document.querySelectorAll('[data-due]').forEach((el) => {
      const left = (Date.parse(el.dataset.due) - now) / 1000;
      el.textContent = left < 0 ? `${el.dataset.late} ${span(left)}` : span(left);
      el.classList.toggle('overdue', left < 0);
      el.classList.toggle('soon', left >= 0 && left < 300);
    });
    document.querySelectorAll('[data-since]').forEach((el) => {
      el.textContent = span((now - Date.parse(el.dataset.since)) / 1000);
    });
  };

  const title = document.title;
  let critical = Number(document.querySelector('[data-u1]')?.dataset.u1 ?? 0);
  const flash = () => {
    let on = false;
    const timer = setInterval(() => { document.title = (on = !on) ? '●●● U1 ●●●' : title; }, 700);
    setTimeout(() => { clearInterval(timer); document.title = title; }, 14000);
  };

  const live = document.getElementById('live');
  const refresh = async () => {
    // A fragment that holds what somebody is typing into must not be swapped away under them.
    if (live.contains(document.activeElement) && document.activeElement.matches('select, input, textarea')) return;
    const open = live.querySelector('details')?.open;
    const answer = await fetch(live.dataset.fragment, { headers: { Accept: 'text/html' } });
    if (!answer.ok || answer.redirected) return;
    const focused = document.activeElement?.getAttribute?.('href');
    live.innerHTML = await answer.text();
    if (open) live.querySelector('details').open = true;
    if (focused) live.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    const found = Number(document.querySelector('[data-u1]')?.dataset.u1 ?? critical);
    if (found > critical) flash();
    critical = found;
    tick();
  };
  if (live && window.EventSource) {
    const url = new URL(live.dataset.live, window.location.href);
    url.searchParams.set('cursor', live.dataset.cursor);
    const source = new EventSource(url);
    source.addEventListener('changed', () => refresh().catch(() => {}));
  }

  document.querySelectorAll('[data-count]').forEach((el) => {
    const shown = document.getElementById(el.dataset.count);
    const count = () => { shown.textContent = String(el.value.length); };
    el.addEventListener('input', count);
    count();
  });

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) return;
    const act = {
      '/': () => document.getElementById('urgency')?.focus(),
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
