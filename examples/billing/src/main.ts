import { MongoClient } from 'mongodb';
import { startBilling } from './service.ts';

const env = process.env;
const service = await startBilling({
  mongo: new MongoClient(env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27017/'),
  database: env['MONGODB_DATABASE'] ?? 'billing',
  secrets: [env['WEBHOOK_SECRET'], env['WEBHOOK_SECRET_OLD']].filter((secret) => secret !== undefined),
  log: console,
  port: Number(env['PORT'] ?? 4700),
});
console.log(`listening on ${service.url}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void service.close());
