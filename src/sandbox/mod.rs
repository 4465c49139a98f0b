//! An embedded Postman team that speaks real SCIM: for `demo`, for `sandbox`, and the tests' fake. One state
//! machine, two doors: in-process for simulation, HTTP for everything else.
