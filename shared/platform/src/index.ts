export * from './activity-service';
export * from './crash-points';
export * from './environment';
export * from './health';
export * from './logger';
export * from './problem';
export * from './service';
export * from './temporal';
