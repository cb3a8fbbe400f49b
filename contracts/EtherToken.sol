// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Token} from "./Token.sol";

/// @title Ether as a token (CET), one for one
/// @notice Buyers pay for bytes with it, and supporters pay it into the reserve.
contract EtherToken is Token {
    event Deposited(address indexed source, uint256 amount);
    event Withdrawn(address indexed to, uint256 amount);

    constructor() Token("CET") {}

    /// @notice Gives the caller as much CET as the ETH sent along.
    function deposit() external payable {
        create(msg.sender, msg.value);
        emit Deposited(msg.sender, msg.value);
    }

    /// @notice Turns `amount` of the caller's CET back into ETH.
    /// @dev The recipient gets the 2300 gas that every payment carries and no more, so it cannot call back.
    function withdraw(uint256 amount) external {
        destroy(msg.sender, amount);
        (bool paid,) = msg.sender.call{value: amount, gas: 0}("");
        require(paid);
        emit Withdrawn(msg.sender, amount);
    }
}
