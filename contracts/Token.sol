// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Checked} from "./Checked.sol";

/// @title What the two tokens of a market have in common: an ERC-20 of 18 decimals
/// @notice It differs from the usual library token in what a deployed market shows: `decimals` is a uint256, reverts
/// carry no data, `transferFrom` emits no Approval and knows no unlimited allowance, and creating or destroying tokens
/// has events of its own instead of a Transfer with the zero address.
abstract contract Token {
    using Checked for uint256;

    event Approval(address indexed owner, address indexed spender, uint256 amount);
    event Transfer(address indexed source, address indexed to, uint256 amount);

    uint256 public constant decimals = 18;
    string public symbol;

    uint256 private supply;
    mapping(address owner => uint256) private balances;
    mapping(address owner => mapping(address spender => uint256)) private allowances;

    constructor(string memory symbol_) {
        symbol = symbol_;
    }

    /// @notice All the tokens there are, in wei.
    function totalSupply() external view returns (uint256) {
        return supply;
    }

    /// @notice The tokens of `owner`, in wei.
    function balanceOf(address owner) external view returns (uint256) {
        return balances[owner];
    }

    /// @notice How many of the tokens of `owner` the `spender` may still move.
    function allowance(address owner, address spender) external view returns (uint256) {
        return allowances[owner][spender];
    }

    /// @notice Lets `spender` move exactly `amount` of the caller's tokens, whatever was allowed before.
    function approve(address spender, uint256 amount) external returns (bool) {
        return setAllowance(spender, amount);
    }

    /// @notice Lets `spender` move `amount` more of the caller's tokens.
    function increaseAllowance(address spender, uint256 amount) external returns (bool) {
        return setAllowance(spender, allowances[msg.sender][spender].plus(amount));
    }

    /// @notice Lets `spender` move `amount` fewer of the caller's tokens; reverts when less than that is allowed.
    function decreaseAllowance(address spender, uint256 amount) external returns (bool) {
        return setAllowance(spender, allowances[msg.sender][spender].minus(amount));
    }

    /// @notice Moves `amount` of the caller's tokens to `to`, which may not be the zero address.
    function transfer(address to, uint256 amount) external returns (bool) {
        return move(msg.sender, to, amount);
    }

    /// @notice Moves `amount` of the tokens of `source` to `to`, out of what `source` allows the caller.
    function transferFrom(address source, address to, uint256 amount) external returns (bool) {
        require(source != address(0));
        allowances[source][msg.sender] = allowances[source][msg.sender].minus(amount);
        return move(source, to, amount);
    }

    function create(address owner, uint256 amount) internal {
        supply = supply.plus(amount);
        balances[owner] = balances[owner].plus(amount);
    }

    function destroy(address owner, uint256 amount) internal {
        balances[owner] = balances[owner].minus(amount);
        supply = supply.minus(amount);
    }

    /// @return amount what there was to destroy
    function destroyAll(address owner) internal returns (uint256 amount) {
        amount = balances[owner];
        destroy(owner, amount);
    }

    function clearAllowance(address owner, address spender) internal {
        delete allowances[owner][spender];
    }

    function setAllowance(address spender, uint256 amount) private returns (bool) {
        allowances[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function move(address source, address to, uint256 amount) private returns (bool) {
        require(to != address(0));
        balances[source] = balances[source].minus(amount);
        balances[to] = balances[to].plus(amount);
        emit Transfer(source, to, amount);
        return true;
    }
}
