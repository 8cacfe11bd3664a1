/**
 * Test kit for Tocsin: the real server in process, on virtual time, with fake receivers and signed requests.
 *
 * @module
 */
export { createTestTocsin } from './create-test-tocsin.ts';
export type { ServerSettings } from './server-settings.ts';
export type { TestAnswer, TestHandler, TestResponse } from './receiver/test-answer.ts';
export type { DeliveredEvent, ReceivedRequest, SeenAnswer, TestReceiver } from './receiver/test-receiver.ts';
export { createSecret, signedMessage, signedRequest } from './signing/signed-request.ts';
export { createSigner } from './signing/create-signer.ts';
export type { Signer, SignerOptions } from './signing/create-signer.ts';
export type { SignedMessage, SigningOptions, Tampering } from './signing/signed-request.ts';
export type {
  TestEvent,
  TestReceiverOptions,
  TestTocsin,
  TestTocsinOptions,
  TestWebhookInput,
  TypedTestTocsin,
} from './test-tocsin.ts';
export type { Outage, OutageKind } from './platform/outage.ts';
export type { Duration } from './time/duration.ts';
export type { WaitOptions } from './time/wait-for.ts';
