import type { Benchmark } from '../figures';
import { processFigures } from './processes';
import { runLifecycle } from './run';

/** The reference consultation, and what it costs beside a naive Temporal program that does the same. */
export const lifecycle = {
  name: 'lifecycle',
  what: 'the reference consultation through the API, against a naive Temporal program, interleaved in one run',
  tickets: 200,
  figures: {
    tickets: { what: 'consultations a side' },
    ticketsPerSecond: { what: 'consultations per second at concurrency 20' },
    naiveTicketsPerSecond: { what: 'the same of the naive program' },
    throughputRatio: { what: 'times as many as the naive program', atLeast: 2 },
    cpuMsPerTicket: { what: "CPU ms a consultation: the services', Temporal's and PostgreSQL's" },
    naiveCpuMsPerTicket: { what: 'the same of the naive program' },
    cpuRatio: { what: 'share of its CPU', atMost: 0.6 },
    stateTransitions: { what: 'state transitions of one consultation at human pace', atMost: 28 },
    historyEvents: { what: 'events in its history', atMost: 70 },
    naiveStateTransitions: { what: 'state transitions of the naive program' },
    naiveHistoryEvents: { what: "events in the naive program's history" },
    ...processFigures,
    personStepStateTransitions: { what: 'state transitions of one step of a person, without notifications', atMost: 2 },
    commits: {
      what: "transactions of the product's database a consultation (xact_commit, reads too), less the idle ones",
    },
    writingCommits: { what: 'of these, those that wrote (transaction ids used)' },
    intakeP50Ms: { what: 'intake at full load' },
    intakeP99Ms: { what: 'intake at full load' },
    stepP50Ms: { what: "a person's step at full load" },
    stepP99Ms: { what: "a person's step at full load" },
    assignedP50Ms: { what: 'from the answer to the intake until there is a handler, at full load' },
    invitedP50Ms: { what: "from the customer's consent until the survey's SMS has come, at full load" },
    archivedP50Ms: { what: 'from the survey until the archive is there, at full load' },
    failedRequests: { what: 'requests that got a 5xx and were sent again', atMost: 0 },
    halfLoadTicketsPerSecond: { what: 'half load: consultations begun per second' },
    halfLoadStepP50Ms: { what: "a person's step at half load" },
    halfLoadStepP99Ms: { what: "a person's step at half load", atMost: 100 },
    apiCpuMs: { what: 'of cpuMsPerTicket: the API' },
    orchestratorCpuMs: { what: 'of cpuMsPerTicket: the orchestrator' },
    servicesCpuMs: { what: 'of cpuMsPerTicket: assignment, notification and archiving' },
    temporalCpuMs: { what: 'of cpuMsPerTicket: the Temporal server' },
    postgresCpuMs: { what: 'of cpuMsPerTicket: PostgreSQL' },
    naiveNodeCpuMs: { what: 'of naiveCpuMsPerTicket: its two Node processes' },
    naiveTemporalCpuMs: { what: 'of naiveCpuMsPerTicket: the Temporal server' },
    naivePostgresCpuMs: { what: 'of naiveCpuMsPerTicket: PostgreSQL' },
    otherCores: {
      what: 'CPU cores that other programs on this machine kept busy meanwhile: they slow both sides down',
    },
  },
  run: runLifecycle,
} satisfies Benchmark;
