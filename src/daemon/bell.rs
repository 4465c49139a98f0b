//! The bell: tokio-cron-scheduler wakes the work loop, and does nothing else.
//!
//! That crate freezes a zone's offset when a job is made, starts jobs that overlap, and has stopped by itself. So each
//! time is computed by croner (`config::schedule`) and rings once; the loop arms the next. The loop looks every second
//! whether it is time, so a bell that does not ring, or cannot be armed, delays nothing by more than that.
//! Never: decides that a cycle starts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_cron_scheduler::job::JobId;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::config::Schedule;

/// The crate has so long to take a job, or the loop, which is deaf meanwhile, does without.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Bell {
    scheduler: JobScheduler,
    wake: Arc<Notify>,
    armed: Option<Armed>,
}

/// The next ring.
struct Armed {
    job: Option<JobId>,
    /// As the schedule has it.
    time: i64,
    /// With the jitter.
    rings: i64,
}

impl Bell {
    pub(super) async fn start() -> Result<Self, JobSchedulerError> {
        let scheduler = JobScheduler::new().await?;
        scheduler.start().await?;
        Ok(Self { scheduler, wake: Arc::default(), armed: None })
    }

    /// Returns when it rings, or has rung since the last call.
    pub(super) async fn rings(&self) {
        self.wake.notified().await;
    }

    /// When the next cycle is planned: seconds since 1970.
    pub(super) fn next(&self) -> Option<i64> {
        self.armed.as_ref().map(|armed| armed.rings)
    }

    /// It is time, whether or not it rang: a job that was taken down may still ring.
    pub(super) fn is_due(&self, now_unix_s: i64) -> bool {
        self.next().is_some_and(|rings| rings <= now_unix_s)
    }

    /// The clock was set back, and the schedule has a time before the one that is armed.
    pub(super) fn is_too_late(&self, schedule: &Schedule, now_unix_s: i64) -> bool {
        let next = schedule.next_after(now_unix_s);
        self.armed.as_ref().is_some_and(|armed| next.is_some_and(|next| next < armed.time))
    }

    /// Takes the old ring down and arms the schedule's next.
    pub(super) async fn arm(&mut self, schedule: &Schedule, now_unix_s: i64) {
        // A job that has rung goes by itself.
        let waits = self.armed.take().filter(|armed| armed.rings > now_unix_s);
        if let Some(job) = waits.and_then(|armed| armed.job)
            && let Err(why) = in_time(self.scheduler.remove(&job)).await
        {
            tracing::debug!("the scheduler kept a job, whose ring means nothing: {why}");
        }
        let Some(time) = schedule.next_after(now_unix_s) else { return };
        let rings = time + fastrand::i64(0..=schedule.jitter_s.max(0));
        let job = match in_time(self.add(rings - now_unix_s)).await {
            Ok(job) => Some(job),
            Err(why) => {
                tracing::warn!("the scheduler took no job ({why}); the loop keeps the time");
                None
            }
        };
        self.armed = Some(Armed { job, time, rings });
    }

    /// The crate counts in whole seconds of the wall clock, as `clock` does, so that it never rings early.
    async fn add(&self, seconds: i64) -> Result<JobId, JobSchedulerError> {
        let wake = Arc::clone(&self.wake);
        let wait = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        let job = Job::new_one_shot_async(wait, move |_, _| {
            let wake = Arc::clone(&wake);
            Box::pin(async move { wake.notify_one() })
        })?;
        self.scheduler.add(job).await
    }
}

/// Errors: why not, for people.
async fn in_time<T>(work: impl Future<Output = Result<T, JobSchedulerError>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("it did not answer".to_owned()),
    }
}
