using Blindsight.Hosting.Client;

namespace Blindsight.Hosting.Server.Queries;

/// <summary>
/// All queries of one server: takes uploads in, hands shares out to whoever runs them, keeps sealed results until they are collected or their time is up,
/// and refuses identifiers that were used, also after a restart. Shares are held in memory only: a restart ends what waited. Thread-safe.
/// </summary>
internal sealed class QueryDesk : IDisposable
{
    private const int SeenBytes = 4096;

    /// <summary>The journal is rewritten when it has so many more records than identifiers, and four times as many.</summary>
    private const int SpareRecords = 1 << 16;

    private readonly DeskLimits _limits;
    private readonly QueryJournal _journal;
    private readonly ResultFolder _results;
    private readonly TimeProvider _clock;
    private readonly Dictionary<QueryId, Query> _queries = [];
    private readonly LinkedList<QueryId> _waiting = [];

    /// <summary>What has ended, with a result and at all, in the order in which it did; an entry counts while the query's time is still that.</summary>
    private readonly Queue<(Query Query, DateTimeOffset At)> _answered = [], _ended = [];
    private readonly Lock _lock = new();
    private (QueryFault Fault, string Message)? _closed;
    private readonly HashSet<QueryId> _running = [];
    private bool _disposed;

    /// <summary>Opens a desk on a folder that only it uses. Queries that an earlier process left unanswered have failed.</summary>
    /// <exception cref="IOException">Another process uses the folder.</exception>
    public QueryDesk(string folder, DeskLimits limits, TimeProvider clock)
    {
        (_limits, _clock) = (limits, clock);
        DateTimeOffset now = clock.GetUtcNow();
        _journal = new QueryJournal(Path.Combine(folder, "identifiers"), now - limits.KeepIdentifiers);
        foreach (JournalEntry entry in _journal.Entries.OrderBy(entry => entry.At))
        {
            bool unanswered = entry.State is QueryState.Waiting or QueryState.Running;
            Query query = new(entry.Id, null, entry.At, QueryState.Waiting);
            if (unanswered) query.Move(QueryState.Failed, now, QueryFault.ServerRestarted, "the server was restarted before it had answered");
            else query.Move(entry.State, entry.At, entry.Fault, entry.Fault == QueryFault.None ? "" : "it ended before the server was restarted");
            _queries.Add(entry.Id, query);
            if (!unanswered) Age(query);
        }
        foreach (Query query in _queries.Values.Where(query => query.Fault == QueryFault.ServerRestarted && query.At == now))
        {
            Log(query);
            Age(query);
        }
        _results = new ResultFolder(Path.Combine(folder, "results"),
            _queries.Values.Where(query => query.State == QueryState.Done).Select(query => query.Id).ToHashSet());
    }

    /// <summary>Raised, outside of any lock, when a query came, ended or was started.</summary>
    public event Action? Changed;

    /// <summary>Queries that wait, oldest first.</summary>
    public QueryId[] Waiting
    {
        get
        {
            lock (_lock) return [.. _waiting];
        }
    }

    /// <summary>Takes a query in.</summary>
    /// <param name="seen">Keeps so much of the upload to be shown: the first bytes of what this server sees. Null keeps nothing.</param>
    /// <exception cref="QueryFaultException">Used before, or too many.</exception>
    public void Accept(QueryId id, QueryUpload upload, byte[]? seen = null)
    {
        lock (_lock)
        {
            Admit(id);
            Query query = new(id, upload, _clock.GetUtcNow(), QueryState.Waiting) { Seen = seen?[..Math.Min(seen.Length, SeenBytes)] };
            Log(query);
            _queries.Add(id, query);
            _waiting.AddLast(id);
        }
        Changed?.Invoke();
    }

    /// <summary>Refuses, before an upload is read, what <see cref="Accept"/> would refuse.</summary>
    /// <exception cref="QueryFaultException">Used before, or too many.</exception>
    public void Admit(QueryId id)
    {
        lock (_lock)
        {
            if (_disposed) throw new QueryFaultException(QueryFault.ServerStopped, "the server is being stopped");
            if (_queries.ContainsKey(id))
                throw new QueryFaultException(QueryFault.DuplicateQuery, $"query {id} was sent before; draw a new identifier for every query");
            if (_closed is var (fault, message)) throw new QueryFaultException(fault, message);
            if (_waiting.Count + _running.Count >= _limits.WaitingMax)
                throw new QueryFaultException(QueryFault.TooManyWaiting, $"{_limits.WaitingMax} queries wait already; try again later");
            if (_queries.Count >= _limits.IdentifiersMax)
                throw new QueryFaultException(QueryFault.TooManyWaiting, $"{_limits.IdentifiersMax} identifiers are remembered already; try again later");
        }
    }

    /// <exception cref="QueryFaultException">There is no such query.</exception>
    public QueryView View(QueryId id)
    {
        lock (_lock) return Find(id).View;
    }

    /// <summary>The state, once it is another than now or the time is up.</summary>
    /// <exception cref="QueryFaultException">There is no such query.</exception>
    public async Task<QueryView> WaitAsync(QueryId id, TimeSpan longest, CancellationToken cancellation)
    {
        Task changed;
        lock (_lock)
        {
            Query query = Find(id);
            if (!query.IsOpen) return query.View;
            changed = query.Changed;
        }
        try
        {
            await changed.WaitAsync(longest, _clock, cancellation);
        }
        catch (TimeoutException)
        {
            // Nothing changed, which is an answer too.
        }
        return View(id);
    }

    /// <summary>A sealed result.</summary>
    /// <exception cref="QueryFaultException">There is none, or none any more.</exception>
    public byte[] Result(QueryId id)
    {
        lock (_lock)
        {
            Query query = Find(id);
            return query.State switch
            {
                QueryState.Waiting or QueryState.Running => throw new QueryFaultException(QueryFault.NotReady, "the query has not been answered yet"),
                QueryState.Deleted => throw new QueryFaultException(QueryFault.Deleted, "the result was deleted"),
                QueryState.Done => _results.Read(id) ?? throw new QueryFaultException(QueryFault.InternalError, "the result's file is gone"),
                _ => throw new QueryFaultException(query.Fault, query.Message),
            };
        }
    }

    /// <summary>The first bytes of the share that this server was sent; empty where it shows none.</summary>
    /// <exception cref="QueryFaultException">There is no such query.</exception>
    public byte[] Seen(QueryId id)
    {
        lock (_lock) return Find(id).Seen ?? [];
    }

    /// <summary>Erases share and result; the identifier stays refused.</summary>
    /// <exception cref="QueryFaultException">There is no such query.</exception>
    public void Delete(QueryId id)
    {
        lock (_lock)
        {
            Query query = Find(id);
            if (query.State != QueryState.Deleted) End(query, QueryState.Deleted, QueryFault.Deleted, "the client had it deleted");
        }
        Changed?.Invoke();
    }

    /// <summary>Hands a waiting query out to be run; it is to be given back by <see cref="Finish"/> or <see cref="Fail"/>.</summary>
    /// <returns>Its upload, which the caller owns, or null where it does not wait.</returns>
    public QueryUpload? Start(QueryId id)
    {
        QueryUpload upload;
        lock (_lock)
        {
            if (!_queries.TryGetValue(id, out Query? query) || query is not { State: QueryState.Waiting, Upload: { } held }) return null;
            upload = held with { Share = [.. held.Share] };
            _waiting.Remove(id);
            _running.Add(id);
            query.Move(QueryState.Running, _clock.GetUtcNow());
        }
        Changed?.Invoke();
        return upload;
    }

    /// <summary>Keeps the result of a query that was started, unless it was deleted since.</summary>
    public void Finish(QueryId id, byte[] sealedResult, QueryCost cost)
    {
        lock (_lock)
        {
            _running.Remove(id);
            if (_queries[id] is { State: QueryState.Running } query)
            {
                _results.Keep(id, sealedResult);
                query.Move(QueryState.Done, _clock.GetUtcNow(), cost: cost);
                Log(query);
                Age(query);
            }
        }
        Changed?.Invoke();
    }

    /// <summary>Ends a query that was started and cannot be answered.</summary>
    public void Fail(QueryId id, QueryFault fault, string message)
    {
        lock (_lock)
        {
            _running.Remove(id);
            if (_queries[id] is { State: QueryState.Running } query) End(query, QueryState.Failed, fault, message);
        }
        Changed?.Invoke();
    }

    /// <summary>Ends whatever waits, and refuses whatever comes, until <see cref="Reopen"/>.</summary>
    public void Close(QueryFault fault, string message)
    {
        lock (_lock)
        {
            _closed = (fault, message);
            foreach (QueryId id in _waiting.ToArray()) End(_queries[id], QueryState.Failed, fault, message);
        }
        Changed?.Invoke();
    }

    public void Reopen()
    {
        lock (_lock) _closed = null;
    }

    /// <summary>Ends what has waited too long, erases results that were not collected, and forgets identifiers after their time.</summary>
    /// <param name="paired">What the other server holds a share of, or null where it cannot be reached.</param>
    /// <param name="stalled">Why paired queries do not run, for those that waited too long.</param>
    public void Sweep(IReadOnlySet<QueryId>? paired, (QueryFault Fault, string Message) stalled)
    {
        bool changed = false;
        lock (_lock)
        {
            DateTimeOffset now = _clock.GetUtcNow();
            foreach (QueryId id in _waiting.ToArray())
            {
                Query query = _queries[id];
                if (paired?.Contains(id) == true) query.LastPaired = now;
                if (now - query.Accepted >= _limits.Keep) Expire(query, stalled.Fault, stalled.Message);
                else if (now - query.LastPaired >= _limits.Patience)
                    Expire(query, paired is null ? QueryFault.PeerLost : QueryFault.OtherShareMissing, paired is null
                        ? $"the other server was not reached for {_limits.Patience.TotalSeconds:0.#} s"
                        : $"the other server did not get its share of the query within {_limits.Patience.TotalSeconds:0.#} s");
            }
            while (_answered.TryPeek(out var oldest) && now - oldest.At >= _limits.Keep)
            {
                _answered.Dequeue();
                if (oldest.Query is { State: QueryState.Done } query)
                    Expire(query, QueryFault.Expired, $"the result was not collected within {_limits.Keep.TotalSeconds:0.#} s");
            }
            while (_ended.TryPeek(out var oldest) && now - oldest.At >= _limits.KeepIdentifiers)
            {
                _ended.Dequeue();
                if (oldest.Query.At == oldest.At) _queries.Remove(oldest.Query.Id);
            }
            if (_journal.Records > SpareRecords + 4 * _queries.Count) _journal.Rewrite([.. _queries.Values.Select(Entry)]);
        }
        if (changed) Changed?.Invoke();

        void Expire(Query query, QueryFault fault, string message)
        {
            End(query, QueryState.Expired, fault, message);
            changed = true;
        }
    }

    /// <summary>Ends what waits.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            foreach (QueryId id in _waiting.ToArray()) End(_queries[id], QueryState.Failed, QueryFault.ServerStopped, "the server was stopped");
            _disposed = true;
            _journal.Dispose();
        }
    }

    private Query Find(QueryId id) => _queries.TryGetValue(id, out Query? query)
        ? query : throw new QueryFaultException(QueryFault.UnknownQuery, $"there is no query {id} at this server");

    private void End(Query query, QueryState state, QueryFault fault, string message)
    {
        _waiting.Remove(query.Id);
        bool hadResult = query.State == QueryState.Done;
        query.Move(state, _clock.GetUtcNow(), fault, message);
        if (hadResult) _results.Erase(query.Id);
        Log(query);
        Age(query);
    }

    /// <summary>That an identifier was used must outlive the machine; how its query ended, this process.</summary>
    private void Log(Query query)
    {
        if (!_disposed) _journal.Append(Entry(query), durable: query.State == QueryState.Waiting);
    }

    private void Age(Query query)
    {
        if (query.State == QueryState.Done) _answered.Enqueue((query, query.At));
        _ended.Enqueue((query, query.At));
    }

    private static JournalEntry Entry(Query query) => new(query.Id, query.State, query.Fault, query.At);
}
