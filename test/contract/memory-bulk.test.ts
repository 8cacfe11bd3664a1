import { activityContract } from './activity-contract.ts';
import { backlogContract } from './backlog-contract.ts';
import { webhookActivityContract } from './webhook-activity-contract.ts';
import { bulkContract } from './bulk-contract.ts';
import { openMemoryStores } from './memory-stores.ts';

bulkContract('memory', openMemoryStores);
activityContract('memory', openMemoryStores);
backlogContract('memory', openMemoryStores);
webhookActivityContract('memory', openMemoryStores);
