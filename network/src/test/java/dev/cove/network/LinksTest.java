package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.VmId;
import dev.cove.network.Links.Link;
import dev.cove.network.Links.Route;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinksTest {
    private static final NetworkSettings USUAL = NetworkSettings.usual();

    @ParameterizedTest
    @CsvSource({
        "10.100.0.0, 16",
        "10.100.200.0, 24",
        "10.100.0.1, 32",
        "10.0.0.0, 8",
        "10.96.0.0, 12",
    })
    void aRouteIntoTheSubnetIsInTheWay(String first, int prefix) {
        var links = links(route("0.0.0.0", 0, "eth0"), route(first, prefix, "tun0"));

        assertThat(links.overlapping(USUAL)).hasSize(1);
        assertThatThrownBy(() -> links.refuseOverlap(USUAL))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("10.100.0.1/16")
                .hasMessageContaining(first + "/" + prefix + " (tun0)");
    }

    @ParameterizedTest
    @CsvSource({"10.99.0.0, 16", "10.101.0.0, 16", "192.168.0.0, 16", "0.0.0.0, 1", "0.0.0.0, 0"})
    void aRouteElsewhereOrEverywhereIsNot(String first, int prefix) {
        assertThat(links(route(first, prefix, "eth0")).overlapping(USUAL)).isEmpty();
    }

    @Test
    void theBridgesOwnRoutesAreNotInItsWay() {
        assertThat(links(route("10.100.0.0", 16, "vmmbr0")).overlapping(USUAL)).isEmpty();
    }

    @Test
    void aRouteThatLeadsNowhereIsInTheWayToo() {
        var nowhere = new Route(Ipv4.parse("10.100.0.0"), 16, Optional.empty());

        assertThat(links(nowhere).overlapping(USUAL)).containsExactly(nowhere);
    }

    @Test
    void theMtuIsThatOfTheWayOutButNeverMoreThanEthernets() {
        assertThat(links(route("0.0.0.0", 0, "eth0")).mtu()).isEqualTo(1500);
        assertThat(links(route("0.0.0.0", 0, "wg0")).mtu()).isEqualTo(1420);
        assertThat(links(route("0.0.0.0", 0, "pasta")).mtu()).isEqualTo(1500);
        assertThat(links(route("192.0.2.0", 24, "wg0")).mtu()).isEqualTo(1500);
        assertThat(links().mtu()).isEqualTo(1500);
    }

    @Test
    void knowsTheVmsByTheirTaps() {
        assertThat(links().vms()).containsExactly(new VmId("vm-webwebwe"));
    }

    private static Route route(String first, int prefix, String device) {
        return new Route(Ipv4.parse(first), prefix, Optional.of(device));
    }

    private static Links links(Route... routes) {
        return new Links(
                Map.of(
                        "eth0", link("eth0", 1500),
                        "wg0", link("wg0", 1420),
                        "pasta", link("pasta", 65520),
                        "cv-webwebwe", link("cv-webwebwe", 1500)),
                Map.of("eth0", List.of("192.0.2.2/24")),
                Arrays.asList(routes));
    }

    private static Link link(String name, int mtu) {
        return new Link(name, Optional.empty(), true, mtu, "");
    }
}
