using Blindsight.Hosting;
using Blindsight.Hosting.Server.Queries;

namespace Blindsight.Unit.Hosting;

public sealed class QueryJournalTests : HostingFolder
{
    private const int RecordBytes = 40;
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_last_entry_of_each_identifier_survives()
    {
        QueryId one = QueryId.Draw(), other = QueryId.Draw();
        using (QueryJournal journal = new(In("j"), default))
        {
            journal.Append(new(one, QueryState.Waiting, QueryFault.None, Noon), durable: true);
            journal.Append(new(other, QueryState.Waiting, QueryFault.None, Noon), durable: true);
            journal.Append(new(one, QueryState.Failed, QueryFault.PeerLost, Noon.AddSeconds(1)), durable: true);
        }
        using QueryJournal again = new(In("j"), default);
        Assert.Equal([new(one, QueryState.Failed, QueryFault.PeerLost, Noon.AddSeconds(1)), new(other, QueryState.Waiting, QueryFault.None, Noon)],
            again.Entries.OrderBy(entry => entry.Id == one ? 0 : 1));
        AssertPrivate(In("j"));
    }

    [Fact]
    public void Opening_drops_what_is_too_old_and_what_was_said_before_and_goes_on()
    {
        QueryId old = QueryId.Draw(), young = QueryId.Draw(), later = QueryId.Draw();
        using (QueryJournal journal = new(In("j"), default))
        {
            journal.Append(new(old, QueryState.Done, QueryFault.None, Noon), durable: true);
            journal.Append(new(young, QueryState.Waiting, QueryFault.None, Noon.AddHours(1)), durable: true);
            journal.Append(new(young, QueryState.Done, QueryFault.None, Noon.AddHours(2)), durable: true);
        }
        using (QueryJournal journal = new(In("j"), Noon.AddMinutes(1)))
        {
            Assert.Equal(young, Assert.Single(journal.Entries).Id);
            Assert.Equal(RecordBytes, new FileInfo(In("j")).Length);
            journal.Append(new(later, QueryState.Waiting, QueryFault.None, Noon.AddHours(3)), durable: true);
        }
        using QueryJournal again = new(In("j"), default);
        Assert.Equal([young, later], again.Entries.Select(entry => entry.Id));
    }

    [Fact]
    public void A_torn_last_record_was_never_acknowledged_and_any_other_damage_is_refused()
    {
        using (QueryJournal journal = new(In("j"), default))
            for (int i = 0; i < 3; i++) journal.Append(new(QueryId.Draw(), QueryState.Waiting, QueryFault.None, Noon), durable: true);
        byte[] whole = File.ReadAllBytes(In("j"));
        for (int length = 2 * RecordBytes; length < 3 * RecordBytes; length += 13)
        {
            File.WriteAllBytes(In("j"), whole[..length]);
            using QueryJournal journal = new(In("j"), default);
            Assert.Equal(2, journal.Entries.Count);
        }
        for (int at = 0; at < RecordBytes; at++)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 1;
            File.WriteAllBytes(In("j"), changed);
            Assert.Throws<InvalidDataException>(() => new QueryJournal(In("j"), default));
        }
    }

    [Fact]
    public void Two_processes_cannot_share_one()
    {
        using QueryJournal journal = new(In("j"), default);
        Assert.Throws<IOException>(() => new QueryJournal(In("j"), default));
    }
}
