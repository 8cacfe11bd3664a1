import type { MessageKind } from '@tocsin/shared';

export interface Color {
  /** For Discord: the color as an integer. */
  readonly rgb: number;
  /** For the color bar in Slack. */
  readonly hex: string;
  /** For Teams, which has named container styles and no free colors. */
  readonly containerStyle: 'good' | 'attention' | 'accent' | 'emphasis';
}

/** Authon documents green for sign-ins, red for bans and blue for registrations. Other events are gray. */
const colors: Readonly<Record<MessageKind, Color>> = {
  'sign-in': { rgb: 0x2ecc71, hex: '#2ECC71', containerStyle: 'good' },
  removal: { rgb: 0xe74c3c, hex: '#E74C3C', containerStyle: 'attention' },
  creation: { rgb: 0x3498db, hex: '#3498DB', containerStyle: 'accent' },
  neutral: { rgb: 0x95a5a6, hex: '#95A5A6', containerStyle: 'emphasis' },
};

export function getColor(kind: MessageKind): Color {
  return colors[kind];
}
