package dev.cove.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cove.core.Owner;
import dev.cove.core.control.Places.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PlacesTest {
    private static final Owner ADA = new Owner("ada");
    private static final Owner BOB = new Owner("bob");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    // So near the end of its range that it passes it in these tests.
    private final AtomicLong ticks = new AtomicLong(Long.MAX_VALUE - 7);
    private final Time time = new Time(() -> Instant.EPOCH, ticks::get);
    private final Places places = new Places(2, PATIENCE, time);
    private final List<String> called = new ArrayList<>();

    @Test
    void givesAsManyAsThereAreAtOnceAndCallsNobodyForIt() {
        assertThat(taken("one")).isTrue();
        assertThat(taken("two")).isTrue();
        assertThat(taken("three")).isFalse();
        assertThat(called).isEmpty();
    }

    @Test
    void servesThoseWhoWaitInTheOrderOfTheirComing() {
        var one = holder("one");
        var two = holder("two");
        var three = waiter("three");
        var four = waiter("four");

        one.leave();
        assertThat(called).containsExactly("three");
        assertThat(four.take(ADA, false)).isPresent();
        assertThat(three.take(ADA, false)).isEmpty();

        two.leave();
        assertThat(called).containsExactly("three", "four");
        assertThat(four.take(ADA, false)).isEmpty();
    }

    @Test
    void keepsTheTurnOfWhoeverAsksAgain() {
        var one = holder("one");
        holder("two");
        var three = waiter("three");
        waiter("four");

        three.take(ADA, false);
        one.leave();

        assertThat(called).containsExactly("three");
    }

    @Test
    void isOnesOwnHoweverOftenOneAsks() {
        var one = holder("one");
        holder("two");

        assertThat(one.take(ADA, false)).isEmpty();
        one.leave();
        one.leave();

        assertThat(taken("three")).isTrue();
        assertThat(taken("four")).isFalse();
    }

    @Test
    void doesNotCountWhatHasBeenHeldForLongerThanThePatience() {
        var one = holder("one");
        pass(Duration.ofSeconds(5));
        holder("two");
        var three = place("three");

        assertThat(three.take(ADA, false)).contains(Duration.ofSeconds(15));
        pass(Duration.ofSeconds(15).minusNanos(1));
        assertThat(three.take(ADA, false)).contains(Duration.ofNanos(1));
        pass(Duration.ofNanos(1));
        assertThat(three.take(ADA, false)).isEmpty();

        // Whoever had it goes on with it, and takes nobody else's when it leaves.
        assertThat(one.take(ADA, false)).isEmpty();
        one.leave();
        assertThat(taken("four")).isFalse();
    }

    @Test
    void goesToTheNextWhenOneThatIsCalledDoesNotCome() {
        var one = holder("one");
        holder("two");
        var three = waiter("three");
        var four = waiter("four");
        waiter("five");
        one.leave();
        assertThat(called).containsExactly("three");

        pass(PATIENCE);
        four.take(ADA, false);

        assertThat(called).containsExactly("three", "five");
        assertThat(three.take(ADA, false)).contains(PATIENCE);
        four.leave();
        assertThat(called).containsExactly("three", "five", "three");
    }

    @Test
    void countsFromTheMomentInWhichOneGotItAndAgainWhenItBegins() {
        var one = holder("one");
        holder("two");
        var three = waiter("three");
        pass(Duration.ofSeconds(10));
        one.leave();
        pass(Duration.ofSeconds(10));
        assertThat(taken("instead of two")).isTrue();

        var four = place("four");
        assertThat(four.take(ADA, false)).contains(Duration.ofSeconds(10));
        pass(Duration.ofSeconds(1));
        assertThat(three.take(ADA, false)).isEmpty();
        assertThat(four.take(ADA, false)).contains(Duration.ofSeconds(19));
    }

    @Test
    void passesWhoeverHasGivenUp() {
        var one = holder("one");
        holder("two");
        var three = waiter("three");
        var four = waiter("four");
        waiter("five");

        three.giveUp();
        four.leave();
        one.leave();

        assertThat(called).containsExactly("five");
    }

    @Test
    void keepsWhatOneHasWhoGivesUpWaiting() {
        var one = holder("one");
        holder("two");

        one.giveUp();

        assertThat(taken("three")).isFalse();
    }

    @Test
    void servesThoseWhomSomebodyWaitsForBeforeHiddenOnes() {
        var one = holder("one");
        var two = holder("two");
        var hidden = place("hidden");
        hidden.take(ADA, true);
        pass(Duration.ofSeconds(10));
        waiter("web");

        one.leave();
        assertThat(called).containsExactly("web");
        two.leave();
        assertThat(called).containsExactly("web", "hidden");
    }

    @Test
    void servesAHiddenOneAtOnceThatSomebodyHasTaken() {
        var one = holder("one");
        holder("two");
        var hidden = place("hidden");
        hidden.take(ADA, true);
        pass(Duration.ofSeconds(1));
        waiter("web");

        hidden.take(ADA, false);
        one.leave();

        assertThat(called).containsExactly("hidden");
    }

    @Test
    void servesAnOwnerFirstWhoHasFewer() {
        var one = holder("one");
        var two = holder("two");
        waiter("three");
        waiter("four");
        place("bob's").take(BOB, false);
        place("bob's second").take(BOB, false);

        one.leave();
        two.leave();

        assertThat(called).containsExactly("bob's", "three");
    }

    @Test
    void doesNotHoldAgainstAnOwnerWhatDoesNotCountAnyMore() {
        holder("one");
        pass(PATIENCE.minusSeconds(1));
        place("bob's").take(BOB, false);
        var two = place("bob's second");
        assertThat(two.take(BOB, false)).contains(Duration.ofSeconds(1));
        waiter("three");

        pass(Duration.ofSeconds(1));
        two.take(BOB, false);

        assertThat(called).containsExactly("three");
    }

    @Test
    void passesNoHiddenOneForEver() {
        var one = holder("one");
        holder("two");
        place("hidden").take(ADA, true);
        pass(PATIENCE.minusSeconds(1));
        waiter("web");
        one.leave();
        assertThat(called).containsExactly("web");

        // By now the place of "two" does not count any more.
        pass(Duration.ofSeconds(2));
        waiter("late");

        assertThat(called).containsExactly("web", "hidden");
    }

    @Test
    void hasOnePlaceAtLeast() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Places(0, PATIENCE, time));
    }

    private Place place(String name) {
        return places.of(() -> called.add(name));
    }

    private boolean taken(String name) {
        return place(name).take(ADA, false).equals(Optional.empty());
    }

    private Place holder(String name) {
        var place = place(name);
        assertThat(place.take(ADA, false)).as(name).isEmpty();
        return place;
    }

    private Place waiter(String name) {
        var place = place(name);
        assertThat(place.take(ADA, false)).as(name).isPresent();
        return place;
    }

    private void pass(Duration length) {
        ticks.addAndGet(length.toNanos());
    }
}
