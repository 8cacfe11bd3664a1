import { useDatabase } from '../support/fixtures.ts';
import { eventListContract } from './event-list-contract.ts';
import { insertContract } from './insert-contract.ts';
import { openMongoStores } from './mongo-stores.ts';

const connection = useDatabase('lists');

const open = () => openMongoStores(connection);

insertContract('MongoDB', open);
eventListContract('MongoDB', open);
