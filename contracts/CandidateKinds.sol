// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev What a poll decides. The numbers are part of the protocol: clients read them from `Voting.getCandidate`.

uint256 constant APPLICATION = 1;
uint256 constant CHALLENGE = 2;
uint256 constant REPARAM = 3;
uint256 constant REGISTRATION = 4;
