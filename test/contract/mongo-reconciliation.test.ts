import { useDatabase } from '../support/fixtures.ts';
import { openMongoStores } from './mongo-stores.ts';
import { reconciliationContract } from './reconciliation-contract.ts';

const connection = useDatabase('reconciliation');

reconciliationContract('MongoDB', () => openMongoStores(connection));
