/** The size of a combobox among filters. */
export const filterClassName: string =
  'w-52 max-sm:w-full [&>input]:h-8! [&>input]:font-sans [&>input]:text-[0.8667rem]!';
