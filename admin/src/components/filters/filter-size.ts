/** The size of a combobox among filters. */
export const filterClassName: string =
  'w-52 max-sm:min-w-36 max-sm:flex-1 [&>input]:h-8! [&>input]:text-[0.8667rem]!';
