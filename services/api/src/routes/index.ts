import type { Route } from '../http/route';
import { catalogRoutes } from './catalog';
import { customerRoutes } from './customers';
import { liveRoutes } from './live';
import { notificationRoutes } from './notifications';
import { operationRoutes } from './operations';
import { policyRoutes } from './policies';
import { publicRoutes } from './public';
import { sessionRoutes } from './session';
import { staffRoutes } from './staff';
import { stepRoutes } from './steps';
import { ticketRoutes } from './tickets';
import { tokenRoutes } from './tokens';

/** Every route there is: router, permission matrix and OpenAPI are made from this table. */
export const routeTable: readonly Route[] = [
  ...sessionRoutes,
  ...ticketRoutes,
  ...stepRoutes,
  ...customerRoutes,
  ...staffRoutes,
  ...catalogRoutes,
  ...policyRoutes,
  ...tokenRoutes,
  ...notificationRoutes,
  ...operationRoutes,
  ...liveRoutes,
  ...publicRoutes,
];
