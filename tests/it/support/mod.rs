pub mod fake_node;
pub mod market;
