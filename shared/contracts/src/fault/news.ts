/** What a fault announcement's workflow tells those of the reports that belong to it: codes and ids only. */
export interface FaultNews {
  announcement: string;
  /** `adopted`: it covers the report; `ended`: all works again; `cancelled`: there was no such fault. */
  event: 'adopted' | 'ended' | 'cancelled';
}
/** Signal of the same name. */
export const faultNewsSignal = 'fault-news';

/** Tell the callers of an announcement, each once for each `revision`; `at` and `dueAt` are UTC ms. */
export interface TellCallersInput {
  announcement: string;
  revision: number;
  template: 'fault-postponed' | 'fault-recovered';
  data: Record<string, string | number>;
}

/** Pass news on to the workflows of reports: to those attached, or to open ones that are to be. */
export interface PassOnInput {
  announcement: string;
  event: FaultNews['event'];
}
export interface PassedOn {
  told: number;
}
