/** What an event is about, as far as its color goes. */
export type MessageKind = 'sign-in' | 'removal' | 'creation' | 'neutral';

export interface Color {
  /** Discord's integer. */
  readonly rgb: number;
  /** Slack's bar. */
  readonly hex: string;
  /** Teams has names for the styles of its containers and no free colors. */
  readonly containerStyle: 'good' | 'attention' | 'accent' | 'emphasis';
}

/** Green, red and blue are Authon's promise for sign-ins, bans and registrations; grey is for everything else. */
const colors: Readonly<Record<MessageKind, Color>> = {
  'sign-in': { rgb: 0x2ecc71, hex: '#2ECC71', containerStyle: 'good' },
  removal: { rgb: 0xe74c3c, hex: '#E74C3C', containerStyle: 'attention' },
  creation: { rgb: 0x3498db, hex: '#3498DB', containerStyle: 'accent' },
  neutral: { rgb: 0x95a5a6, hex: '#95A5A6', containerStyle: 'emphasis' },
};

export function getColor(kind: MessageKind): Color {
  return colors[kind];
}
