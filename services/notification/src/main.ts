import { runService } from '@duban/platform';
import { start } from './index';

runService('notification', start);
