// Runs before the first paint, so that a dark page does not flash white. It is a file because the content
// security policy blocks inline scripts.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem('tocsin-theme');
  } catch {
    // Without storage, follow the system.
  }
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
})();
