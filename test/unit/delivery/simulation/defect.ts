/** Parts of the design that a run leaves out, to show that the simulation finds what they prevent. */
export type Defect =
  /** An entry whose missing events did not arrive in time is closed without taking their ids. */
  | 'no-tombstones'
  /** An entry is closed as it was read before its missing ids were taken. */
  | 'no-reread'
  /** Partitions are taken from a process that is not fenced. */
  | 'takes-without-fence'
  /** Results are written whatever the revision of the delivery is. */
  | 'ignores-revisions'
  /** An entry is closed although no majority has the documents of its deliveries. */
  | 'first-results-without-majority'
  /** An entry is closed after the deliveries that found a place in memory. */
  | 'takes-parts-of-partitions'
  /** An entry is closed although events of it can still arrive. */
  | 'closes-incomplete'
  /** What an entry owes is read from the primary alone. */
  | 'reads-entries-locally'
  /** A read can bring back what left memory meanwhile. */
  | 'takes-what-left'
  /** A sweep takes events that the process is still storing. */
  | 'sweeps-reserved';
