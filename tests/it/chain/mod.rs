mod decoding;
mod follower;
mod node;
mod reader;
mod sender;
mod transport;
mod wallet;
