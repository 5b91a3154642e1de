using Blindsight.Hosting.Service;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Hosting.Service;

public sealed class ClientLedgerTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void Sessions_are_counted_by_client_and_given_back()
    {
        ClientLedger ledger = Ledger(new() { Sessions = 2 });
        using ClientPermit first = ledger.Admit("alice", () => { }), other = ledger.Admit("bob", () => { });
        ClientPermit second = ledger.Admit("alice", () => { });
        AssertRefused(() => ledger.Admit("alice", () => { }), "alice");
        Assert.Equal(3, ledger.Sessions);
        second.Dispose();
        second.Dispose();
        Assert.Equal(2, ledger.Sessions);
        ledger.Admit("alice", () => { }).Dispose();
        AssertRefused(() => Ledger(new() { Sessions = 0 }).Admit("alice", () => { }), "0 sessions");
    }

    [Fact]
    public void As_many_requests_run_at_once_as_there_are_processors_and_a_turn_comes_back_with_its_end_or_its_session()
    {
        ClientLedger ledger = Ledger(new());
        ClientPermit[] all = [.. Enumerable.Range(0, Environment.ProcessorCount + 1).Select(_ => ledger.Admit("alice", () => { }))];
        foreach (ClientPermit permit in all) permit.Begin(SessionWork.Infer, 1);
        // The last has waited for a turn, and goes on without: nobody is held up for good by requests that stand still.
        Assert.Equal([.. all[1..].Select(_ => true), false], all.Select(permit => permit.HasTurn));
        all[^1].End(SessionWork.Infer, 1, 0);
        all[0].End(SessionWork.Infer, 1, 0);
        all[^1].Begin(SessionWork.Infer, 1);
        Assert.True(all[^1].HasTurn);
        all[1].Dispose();
        all[0].Begin(SessionWork.Infer, 1);
        Assert.True(all[0].HasTurn);
    }

    [Fact]
    public void Rows_a_minute_are_counted_over_all_sessions_of_a_client_and_come_back_with_time()
    {
        ClientLedger ledger = Ledger(new() { RowsAMinute = 6 });
        using ClientPermit first = ledger.Admit("alice", () => { }), second = ledger.Admit("alice", () => { }), other = ledger.Admit("bob", () => { });
        Ask(first, 4);
        Ask(second, 2);
        AssertRefused(() => second.Begin(SessionWork.Infer, 1), "6 rows predicted a minute");
        Ask(other, 6);
        _clock.Seconds += 10;
        Ask(first, 1);
        AssertRefused(() => first.Begin(SessionWork.Infer, 1), "minute");
        _clock.Seconds += 600;
        AssertRefused(() => first.Begin(SessionWork.Infer, 7), "minute");
        Ask(first, 6);
    }

    [Fact]
    public void Prepared_rows_are_bounded_and_given_back_when_they_are_used_or_their_session_ends()
    {
        ClientLedger ledger = Ledger(new() { PreparedRows = 5 });
        using ClientPermit first = ledger.Admit("alice", () => { });
        ClientPermit second = ledger.Admit("alice", () => { });
        first.Begin(SessionWork.Prepare, 3);
        second.Begin(SessionWork.Prepare, 2);
        Assert.Equal(5, ledger.PreparedRows);
        AssertRefused(() => first.Begin(SessionWork.Prepare, 1), "5 rows prepared");
        second.Dispose();
        first.Begin(SessionWork.Prepare, 2);
        Ask(first, 3);
        Assert.Equal(2, ledger.PreparedRows);
        first.Begin(SessionWork.Prepare, 3);
    }

    [Fact]
    public void Draining_ends_who_waits_and_lets_finish_what_lies_prepared()
    {
        ClientLedger ledger = Ledger(new());
        List<string> aborted = [];
        using ClientPermit idle = ledger.Admit("idle", () => aborted.Add("idle")), ready = ledger.Admit("ready", () => aborted.Add("ready"));
        using ClientPermit busy = ledger.Admit("busy", () => aborted.Add("busy"));
        ready.Begin(SessionWork.Prepare, 1);
        ready.End(SessionWork.Prepare, 1, 0);
        busy.Begin(SessionWork.Prepare, 1);
        Assert.False(busy.Ending);
        ledger.Drain();
        Assert.Equal(["idle"], aborted);
        AssertRefused(() => ledger.Admit("late", () => { }), "stopped");
        AssertRefused(() => ready.Begin(SessionWork.Prepare, 1), "stopped");
        AssertRefused(() => idle.Begin(SessionWork.Infer, 1), "stopped");
        busy.End(SessionWork.Prepare, 1, 0);
        foreach (ClientPermit permit in new[] { ready, busy })
        {
            Assert.False(permit.Ending);
            Ask(permit, 1);
            Assert.True(permit.Ending);
        }
    }

    [Fact]
    public void Limits_that_change_hold_from_the_next_request_on()
    {
        ClientLimits limits = new() { RowsAMinute = 1 };
        ClientLedger ledger = new(_ => limits, _clock);
        using ClientPermit permit = ledger.Admit("alice", () => { });
        Ask(permit, 1);
        AssertRefused(() => permit.Begin(SessionWork.Infer, 1), "minute");
        limits = new() { RowsAMinute = 10 };
        Ask(permit, 9);
    }

    private ClientLedger Ledger(ClientLimits limits) => new(_ => limits, _clock);

    private static void Ask(ClientPermit permit, int rows)
    {
        permit.Begin(SessionWork.Infer, rows);
        permit.End(SessionWork.Infer, rows, 0);
    }

    private static void AssertRefused(Action asking, string words)
    {
        ProtocolException refused = Assert.Throws<ProtocolException>(asking);
        Assert.Equal(PeerFault.LimitExceeded, refused.Fault);
        Assert.Contains(words, refused.Message);
    }

    private sealed class Clock : TimeProvider
    {
        public double Seconds { get; set; } = 1;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Seconds * 1000);
    }
}
