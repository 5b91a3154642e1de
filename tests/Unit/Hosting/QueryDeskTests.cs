using System.Diagnostics;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Server.Queries;

namespace Blindsight.Unit.Hosting;

public sealed class QueryDeskTests : HostingFolder
{
    private static readonly DeskLimits Limits = new(3, TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));
    private static readonly (QueryFault, string) Stalled = (QueryFault.NoCorrelations, "none");
    private static readonly QueryCost Cost = new(7, 0, 0, 0, 0, 1, 2, 3);

    private readonly SteppedClock _clock = new();
    private QueryDesk _desk;

    public QueryDeskTests() => _desk = Open();

    public override void Dispose()
    {
        _desk.Dispose();
        base.Dispose();
    }

    [Fact]
    public void A_query_waits_runs_and_is_collected_until_its_time_is_up()
    {
        QueryId id = Accept();
        Assert.Equal([id], _desk.Waiting);
        AssertFault(QueryFault.NotReady, () => _desk.Result(id));
        QueryUpload upload = _desk.Start(id)!;
        Assert.Equal((QueryState.Running, 0), (_desk.View(id).State, _desk.Waiting.Length));
        Assert.Null(_desk.Start(id));
        _desk.Finish(id, [1, 2, 3], Cost);
        Assert.Equal([9, 9], upload.Share);
        Assert.Equal([1, 2, 3], _desk.Result(id));
        Assert.Equal((QueryState.Done, Cost), (_desk.View(id).State, _desk.View(id).Cost));
        _clock.Advance(TimeSpan.FromMinutes(59));
        Sweep();
        Assert.Equal([1, 2, 3], _desk.Result(id));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Sweep();
        AssertFault(QueryFault.Expired, () => _desk.Result(id));
        Assert.Empty(Directory.GetFiles(In("results")));
        AssertFault(QueryFault.DuplicateQuery, () => _desk.Accept(id, Upload()));
        _clock.Advance(TimeSpan.FromDays(1));
        Sweep();
        AssertFault(QueryFault.UnknownQuery, () => _desk.View(id));
    }

    [Fact]
    public void An_identifier_is_refused_while_it_waits_after_its_answer_after_its_deletion_and_after_a_restart()
    {
        QueryId waiting = Accept(), answered = Accept(), deleted = Accept();
        _desk.Start(answered);
        _desk.Finish(answered, [5], Cost);
        _desk.Delete(deleted);
        foreach (QueryId id in new[] { waiting, answered, deleted }) AssertFault(QueryFault.DuplicateQuery, () => _desk.Accept(id, Upload()));
        Restart();
        foreach (QueryId id in new[] { waiting, answered, deleted }) AssertFault(QueryFault.DuplicateQuery, () => _desk.Accept(id, Upload()));
        Assert.Equal((QueryState.Failed, QueryFault.ServerRestarted), (_desk.View(waiting).State, _desk.View(waiting).Fault));
        AssertFault(QueryFault.ServerRestarted, () => _desk.Result(waiting));
        Assert.Equal([5], _desk.Result(answered));
        AssertFault(QueryFault.Deleted, () => _desk.Result(deleted));
    }

    [Fact]
    public void A_server_that_is_killed_with_a_query_running_fails_it_by_name()
    {
        QueryId id = Accept();
        _desk.Start(id);
        Restart();
        Assert.Equal(QueryFault.ServerRestarted, _desk.View(id).Fault);
        Restart();
        Assert.Equal(QueryFault.ServerRestarted, _desk.View(id).Fault);
    }

    [Fact]
    public void A_stop_ends_what_waits_by_name()
    {
        QueryId id = Accept();
        _desk.Dispose();
        AssertFault(QueryFault.ServerStopped, () => _desk.Accept(QueryId.Draw(), Upload()));
        _desk = Open();
        Assert.Equal(QueryFault.ServerStopped, _desk.View(id).Fault);
    }

    [Fact]
    public void A_query_whose_other_share_does_not_come_expires_and_one_that_both_hold_waits_for_its_turn()
    {
        QueryId alone = Accept(), both = Accept();
        _clock.Advance(TimeSpan.FromSeconds(59));
        Sweep(both);
        Assert.Equal(2, _desk.Waiting.Length);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Sweep(both);
        Assert.Equal((QueryState.Expired, QueryFault.OtherShareMissing), (_desk.View(alone).State, _desk.View(alone).Fault));
        Assert.Equal([both], _desk.Waiting);
        _clock.Advance(TimeSpan.FromMinutes(59));
        Sweep(both);
        Assert.Equal((QueryState.Expired, QueryFault.NoCorrelations), (_desk.View(both).State, _desk.View(both).Fault));
        AssertFault(QueryFault.NoCorrelations, () => _desk.Result(both));
    }

    [Fact]
    public void A_query_that_the_other_server_forgot_or_cannot_be_asked_for_expires_from_then_on()
    {
        QueryId id = Accept();
        _clock.Advance(TimeSpan.FromMinutes(10));
        Sweep(id);
        _clock.Advance(TimeSpan.FromSeconds(59));
        _desk.Sweep(null, Stalled);
        Assert.Equal(QueryState.Waiting, _desk.View(id).State);
        _clock.Advance(TimeSpan.FromSeconds(2));
        _desk.Sweep(null, Stalled);
        Assert.Equal((QueryState.Expired, QueryFault.PeerLost), (_desk.View(id).State, _desk.View(id).Fault));
    }

    [Fact]
    public void As_many_wait_or_run_as_are_admitted()
    {
        QueryId first = Accept();
        Accept();
        Accept();
        AssertFault(QueryFault.TooManyWaiting, () => Accept());
        AssertFault(QueryFault.TooManyWaiting, () => _desk.Admit(QueryId.Draw()));
        _desk.Start(first);
        AssertFault(QueryFault.TooManyWaiting, () => Accept());
        _desk.Finish(first, [1], Cost);
        Accept();
    }

    [Fact]
    public void As_many_identifiers_are_remembered_as_are_admitted()
    {
        _desk.Dispose();
        _desk = new QueryDesk(Folder, Limits with { IdentifiersMax = 2 }, _clock);
        for (int i = 0; i < 2; i++) _desk.Delete(Accept());
        AssertFault(QueryFault.TooManyWaiting, () => Accept());
    }

    [Fact]
    public void Deletion_erases_what_waits_what_runs_and_what_is_done()
    {
        QueryId waiting = Accept(), running = Accept(), done = Accept();
        _desk.Start(running);
        _desk.Start(done);
        _desk.Finish(done, [1], Cost);
        foreach (QueryId id in new[] { waiting, running, done }) _desk.Delete(id);
        _desk.Delete(done);
        _desk.Finish(running, [2], Cost);
        Assert.Empty(_desk.Waiting);
        Assert.Empty(Directory.GetFiles(In("results")));
        foreach (QueryId id in new[] { waiting, running, done }) AssertFault(QueryFault.Deleted, () => _desk.Result(id));
        for (int i = 0; i < 3; i++) Accept();
    }

    [Fact]
    public void A_failure_is_told_by_its_name_and_leaves_room()
    {
        QueryId id = Accept();
        _desk.Start(id);
        _desk.Fail(id, QueryFault.PeerLost, "gone");
        Assert.Equal("gone", AssertFault(QueryFault.PeerLost, () => _desk.Result(id)).Message);
        for (int i = 0; i < 3; i++) Accept();
    }

    [Fact]
    public void A_result_that_cannot_be_kept_fails_the_query_and_counts_once()
    {
        QueryId id = Accept();
        _desk.Start(id);
        Directory.Delete(In("results"), recursive: true);
        Assert.ThrowsAny<IOException>(() => _desk.Finish(id, [1], Cost));
        _desk.Fail(id, QueryFault.InternalError, "");
        Assert.Equal(QueryState.Failed, _desk.View(id).State);
        for (int i = 0; i < 3; i++) Accept();
        AssertFault(QueryFault.TooManyWaiting, () => Accept());
    }

    [Fact]
    public void A_closed_desk_ends_what_waits_and_refuses_by_name_until_it_is_opened()
    {
        QueryId id = Accept();
        _desk.Close(QueryFault.PlanMismatch, "other plan");
        Assert.Equal(QueryFault.PlanMismatch, _desk.View(id).Fault);
        AssertFault(QueryFault.PlanMismatch, () => Accept());
        _desk.Reopen();
        Accept();
    }

    [Fact]
    public async Task Whoever_waits_is_told_of_a_change_at_once()
    {
        QueryId id = Accept();
        Task<QueryView> waiting = _desk.WaitAsync(id, TimeSpan.FromSeconds(30), default);
        Assert.False(waiting.IsCompleted);
        _desk.Start(id);
        Assert.Equal(QueryState.Running, (await waiting.WaitAsync(TimeSpan.FromSeconds(10))).State);
        _desk.Fail(id, QueryFault.PeerLost, "");
        Assert.Equal(QueryState.Failed, (await _desk.WaitAsync(id, TimeSpan.FromSeconds(30), default)).State);
    }

    [Fact]
    public void Two_processes_cannot_share_a_folder() => Assert.Throws<IOException>(Open);

    [Fact]
    public void Results_without_an_entry_and_half_written_ones_are_removed_at_a_start()
    {
        File.WriteAllText(Path.Combine(In("results"), $"{QueryId.Draw()}.sealed"), "");
        File.WriteAllText(Path.Combine(In("results"), $"{QueryId.Draw()}.sealed.new"), "");
        Restart();
        Assert.Empty(Directory.GetFiles(In("results")));
    }

    private QueryDesk Open() => new(Folder, Limits, _clock);

    /// <summary>As after a kill: the journal says what was acknowledged, and nothing was closed.</summary>
    private void Restart()
    {
        // The journal is locked against other openers within this runtime.
        using (Process copy = Process.Start("cp", [In("identifiers"), In("copy")])) copy.WaitForExit();
        _desk.Dispose();
        File.Move(In("copy"), In("identifiers"), overwrite: true);
        _desk = Open();
    }

    private QueryId Accept()
    {
        QueryId id = QueryId.Draw();
        _desk.Accept(id, Upload());
        return id;
    }

    private void Sweep(params QueryId[] paired) => _desk.Sweep(paired.ToHashSet(), Stalled);

    private static QueryUpload Upload() => new([], [9, 9]);

    private static QueryFaultException AssertFault(QueryFault fault, Action action)
    {
        QueryFaultException thrown = Assert.Throws<QueryFaultException>(action);
        Assert.Equal(fault, thrown.Fault);
        return thrown;
    }

    private sealed class SteppedClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan time) => _now += time;
    }
}
