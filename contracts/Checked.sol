// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Arithmetic whose failures carry no revert data
/// @notice The compiler's own overflow checks revert with a panic code. The contracts of a deployed market revert with
/// nothing at all, and a server written against ours must not come to rely on more than that.
library Checked {
    /// @notice a + b; reverts when the sum does not fit.
    function plus(uint256 a, uint256 b) internal pure returns (uint256 sum) {
        unchecked {
            sum = a + b;
        }
        require(sum >= a);
    }

    /// @notice a − b; reverts below zero.
    function minus(uint256 a, uint256 b) internal pure returns (uint256 difference) {
        require(a >= b);
        unchecked {
            difference = a - b;
        }
    }

    /// @notice a · b; reverts when the product does not fit.
    function times(uint256 a, uint256 b) internal pure returns (uint256 product) {
        if (a == 0) return 0;
        unchecked {
            product = a * b;
            require(product / a == b);
        }
    }

    /// @notice a / b, rounded down; reverts when b is zero.
    function over(uint256 a, uint256 b) internal pure returns (uint256 quotient) {
        require(b > 0);
        unchecked {
            quotient = a / b;
        }
    }
}
