//! One integration binary: the built program against the sandbox team over HTTP, the engine in simulation, and
//! the rules of the code's structure.

mod support;
