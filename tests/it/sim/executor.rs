//! Runs futures on one thread in an order that chance chooses among those that are ready. Each belongs to a process or
//! to the world outside; the futures of a process that died are dropped.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use super::chance::Chance;
use super::faults::Process;

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// So many polls are done before Tokio's own tasks get a turn.
const TURN: usize = 64;
/// A run that takes more polls than this goes round in circles.
const LIMIT: u64 = 3_000_000;

/// Adds futures to the executor, also from within its futures.
#[derive(Clone, Default)]
pub struct Spawner(Rc<RefCell<Vec<Task>>>);

struct Task {
    process: Option<Arc<Process>>,
    work: Work,
}

impl Spawner {
    /// Runs `work` in the world outside: it outlives every process.
    pub fn outside(&self, work: impl Future<Output = ()> + 'static) {
        self.0.borrow_mut().push(Task { process: None, work: Box::pin(work) });
    }

    /// Runs `work` in `process`: it dies with it.
    pub fn inside(&self, process: &Arc<Process>, work: impl Future<Output = ()> + 'static) {
        self.0.borrow_mut().push(Task { process: Some(process.clone()), work: Box::pin(work) });
    }
}

#[derive(Default)]
struct Ready {
    tasks: BTreeSet<u64>,
    executor: Option<Waker>,
}

struct TaskWaker {
    id: u64,
    ready: Arc<Mutex<Ready>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.lock().unwrap();
        ready.tasks.insert(self.id);
        if let Some(executor) = ready.executor.take() {
            executor.wake();
        }
    }
}

/// Runs `main`, and everything spawned meanwhile, until `main` ends; `None` when it never would.
pub async fn run<T: 'static>(
    chance: Arc<Chance>,
    spawner: Spawner,
    main: impl Future<Output = T> + 'static,
) -> Option<T> {
    let result = Rc::new(RefCell::new(None));
    let slot = result.clone();
    spawner.outside(async move {
        let value = main.await;
        *slot.borrow_mut() = Some(value);
    });
    let mut executor =
        Executor { chance, spawner, ready: Arc::default(), tasks: BTreeMap::new(), created: 0, polls: 0 };
    poll_fn(|context| {
        let ended = executor.turn(context, || result.borrow().is_some());
        if ended || executor.polls > LIMIT { Poll::Ready(result.borrow_mut().take()) } else { Poll::Pending }
    })
    .await
}

struct Executor {
    chance: Arc<Chance>,
    spawner: Spawner,
    ready: Arc<Mutex<Ready>>,
    tasks: BTreeMap<u64, Task>,
    created: u64,
    polls: u64,
}

impl Executor {
    /// Polls what is ready; answers whether the end was reached.
    fn turn(&mut self, context: &mut Context<'_>, ended: impl Fn() -> bool) -> bool {
        for _ in 0..TURN {
            self.adopt();
            let Some(id) = self.choose(context) else { return false };
            self.poll(id);
            if ended() {
                return true;
            }
        }
        context.waker().wake_by_ref();
        false
    }

    fn adopt(&mut self) {
        for task in self.spawner.0.take() {
            self.created += 1;
            self.tasks.insert(self.created, task);
            self.ready.lock().unwrap().tasks.insert(self.created);
        }
    }

    fn choose(&self, context: &mut Context<'_>) -> Option<u64> {
        let mut ready = self.ready.lock().unwrap();
        if ready.tasks.is_empty() {
            ready.executor = Some(context.waker().clone());
            return None;
        }
        let position = self.chance.below(ready.tasks.len() as u64) as usize;
        let id = ready.tasks.iter().nth(position).copied();
        ready.tasks.remove(&id?);
        id
    }

    fn poll(&mut self, id: u64) {
        let Some(mut task) = self.tasks.remove(&id) else { return };
        self.polls += 1;
        let waker = Waker::from(Arc::new(TaskWaker { id, ready: self.ready.clone() }));
        let done = task.work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let died = task.process.as_ref().is_some_and(|process| process.is_dead());
        if !done && !died {
            self.tasks.insert(id, task);
        }
        if died {
            self.tasks.retain(|_, task| !task.process.as_ref().is_some_and(|process| process.is_dead()));
        }
    }
}

/// Lets others go first, perhaps.
pub async fn breathe() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
