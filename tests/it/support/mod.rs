pub mod clock;
pub mod eventually;
pub mod fake_node;
pub mod form;
pub mod http;
pub mod market;
pub mod server;
pub mod steps;
