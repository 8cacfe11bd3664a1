import { createTocsinClient } from '@tocsin/client';
import { MongoClient } from 'mongodb';
import { shop, type Shop } from './catalog.ts';
import { startShop } from './service.ts';

const env = process.env;
const service = await startShop({
  mongo: new MongoClient(env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27017/?replicaSet=rs0'),
  database: env['MONGODB_DATABASE'] ?? 'shop',
  tocsin: createTocsinClient<Shop>({
    url: env['TOCSIN_URL'] ?? 'http://127.0.0.1:4400',
    token: env['TOCSIN_TOKEN'] ?? '',
    catalog: shop,
  }),
  appId: env['TOCSIN_APP'] ?? 'app_demo',
  port: Number(env['PORT'] ?? 4600),
});
console.log(`listening on ${service.url}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void service.close());
