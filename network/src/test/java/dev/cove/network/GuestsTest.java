package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Ipv4;
import dev.cove.core.Owner;
import org.junit.jupiter.api.Test;

class GuestsTest {
    private static final Device WEB = new Device("cv-webwebwe");
    private static final Device DB = new Device("cv-dbdbdbdb");
    private static final Ipv4 ADDRESS = Ipv4.parse("10.100.0.10");
    private static final Owner ALICE = new Owner("alice");
    private static final Owner MALLORY = new Owner("mallory");

    private final Guests guests = new Guests();

    @Test
    void allOfOneOwnerShareATagAndNobodyElseDoes() {
        var web = guests.put(WEB, ADDRESS, ALICE).guest();
        var db = guests.put(DB, ADDRESS.plus(1), ALICE).guest();
        var other = guests.put(new Device("cv-stranger"), ADDRESS.plus(2), MALLORY).guest();

        assertThat(db.tag()).isEqualTo(web.tag()).isPositive();
        assertThat(other.tag()).isNotEqualTo(web.tag()).isPositive();
    }

    @Test
    void aTagOfSomebodyWhoLeftGoesToNobodyElse() {
        var before = guests.put(WEB, ADDRESS, ALICE).guest();
        guests.remove(WEB);

        assertThat(guests.put(DB, ADDRESS, MALLORY).guest().tag()).isNotEqualTo(before.tag());
    }

    @Test
    void aNewOwnerGetsATagThatNoAdoptedGuestHas() {
        guests.adopt(new Guest(WEB, ADDRESS, ALICE, 41));

        assertThat(guests.put(DB, ADDRESS.plus(1), ALICE).guest().tag()).isEqualTo(41);
        assertThat(guests.put(new Device("cv-stranger"), ADDRESS.plus(2), MALLORY).guest().tag())
                .isGreaterThan(41);
    }

    @Test
    void tellsWhetherATapHadAnotherAddressOrOwner() {
        assertThat(guests.put(WEB, ADDRESS, ALICE).changed()).isFalse();
        assertThat(guests.put(WEB, ADDRESS, ALICE).changed()).isFalse();
        assertThat(guests.put(WEB, ADDRESS.plus(1), ALICE).changed()).isTrue();
        assertThat(guests.put(WEB, ADDRESS.plus(1), MALLORY).changed()).isTrue();
    }

    @Test
    void everyChangeHasAVersionOfItsOwn() {
        var empty = guests.snapshot();
        guests.put(WEB, ADDRESS, ALICE);
        var one = guests.snapshot();
        guests.remove(WEB);

        assertThat(one.version()).isNotEqualTo(empty.version());
        assertThat(guests.snapshot().version()).isNotEqualTo(one.version());
        assertThat(guests.snapshot().guests()).isEmpty();
    }
}
