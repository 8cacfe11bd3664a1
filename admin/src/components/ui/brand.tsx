/** The logo: a tocsin is an alarm bell. */
export function Brand() {
  return (
    <span className="inline-flex items-center gap-2 text-[1.0667rem] font-semibold tracking-tight">
      <svg viewBox="0 0 24 24" aria-hidden className="size-5.5 text-brass" fill="currentColor">
        <path d="M12 2a1.3 1.3 0 0 1 1.3 1.3v.6c2.9.6 4.9 3 4.9 6.1v2.9c0 1.2.5 2.2 1.2 3.0l.7.7c.6.7.2 1.7-.7 1.7H4.6c-.9 0-1.3-1-.7-1.7l.7-.7c.7-.8 1.2-1.8 1.2-3V10c0-3.1 2-5.5 4.9-6.1v-.6A1.3 1.3 0 0 1 12 2Z" />
        <path d="M9.4 19.8h5.2a2.6 2.6 0 0 1-5.2 0Z" />
      </svg>
      Tocsin
    </span>
  );
}
