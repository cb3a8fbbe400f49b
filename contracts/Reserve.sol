// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Checked} from "./Checked.sol";
import {EtherToken} from "./EtherToken.sol";
import {MarketToken} from "./MarketToken.sol";
import {Parameterizer} from "./Parameterizer.sol";

/// @title The CET that stands behind a market's CMT
/// @notice Supporters buy CMT here at a price that rises with the reserve, and leave with their share of it.
contract Reserve {
    using Checked for uint256;

    event Supported(address indexed owner, uint256 offered, uint256 minted);
    event Withdrawn(address indexed owner, uint256 transferred);

    /// @dev CMT is priced and minted by the billionth of a token.
    uint256 private constant BILLIONTH = 1 gwei;

    EtherToken private immutable etherToken;
    MarketToken private immutable marketToken;
    Parameterizer private immutable parameterizer;

    constructor(EtherToken ether_token, MarketToken market_token, Parameterizer parameterizer_) {
        etherToken = ether_token;
        marketToken = market_token;
        parameterizer = parameterizer_;
    }

    /// @notice The CET wei that a billionth of a CMT costs now.
    /// @dev While there is less than one CMT in all, the price is what it would be with one.
    function getSupportPrice() public view returns (uint256) {
        uint256 supply = marketToken.totalSupply();
        uint256 priced = supply < 1 ether ? 1 ether : supply;
        uint256 reserve = etherToken.balanceOf(address(this));
        uint256 raised = parameterizer.getSpread().times(reserve).times(BILLIONTH).over(priced.times(100));
        return parameterizer.getPriceFloor().plus(raised);
    }

    /// @notice Buys CMT with `offer` CET wei of the caller, by allowance; reverts below the price of a billionth.
    /// @dev Only whole billionths are minted, but the whole offer is taken.
    function support(uint256 offer) external {
        uint256 price = getSupportPrice();
        require(offer >= price);
        uint256 minted = offer.over(price).times(BILLIONTH);
        etherToken.transferFrom(msg.sender, address(this), offer);
        marketToken.mint(minted);
        marketToken.transfer(msg.sender, minted);
        emit Supported(msg.sender, offer, minted);
    }

    /// @notice The CET wei that `addr` would receive for all its CMT now.
    function getWithdrawalProceeds(address addr) public view returns (uint256) {
        require(addr != address(0));
        uint256 reserve = etherToken.balanceOf(address(this));
        return marketToken.balanceOf(addr).times(reserve).over(marketToken.totalSupply());
    }

    /// @notice Burns all the caller's CMT and pays its share of the reserve; reverts when that is nothing.
    function withdraw() external {
        uint256 proceeds = getWithdrawalProceeds(msg.sender);
        require(proceeds > 0);
        marketToken.burnAll(msg.sender);
        etherToken.transfer(msg.sender, proceeds);
        emit Withdrawn(msg.sender, proceeds);
    }
}
