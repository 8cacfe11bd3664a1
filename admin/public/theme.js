// Runs before the first paint, so that a dark page never flashes white. A file and not inline: the page's policy
// lets no inline script run.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('tocsin-theme');
  } catch {
    // Storage may be switched off; the system's choice is then all there is.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
})();
