using Blindsight.Enclave.Contexts;
using Blindsight.Enclave.Models;
using Blindsight.Enclave.Wire;

namespace Blindsight.Enclave.Queries;

/// <summary>Contexts and queries of all data owners, each reachable by its own identifiers only. Thread-safe.</summary>
internal sealed class QueryDesk(RoomLimits limits, RoomCounters counters) : IDisposable
{
    private readonly Dictionary<(RoomId Model, string Owner), KeyContext> _owned = [];
    private readonly Dictionary<RoomId, KeyContext> _contexts = [];
    private readonly Dictionary<RoomId, OwnedQuery> _queries = [];
    private readonly Lock _gate = new();
    private long _clock;

    /// <summary>The context of a data owner with a model; made where there is none. The one that rests longest gives way.</summary>
    /// <param name="owner">The data owner's key, proven.</param>
    public KeyContext Enter(RoomModel model, ReadOnlySpan<byte> owner)
    {
        (RoomId, string) place = (model.Id, Convert.ToHexString(owner));
        KeyContext? given = null, context;
        lock (_gate)
        {
            if (!_owned.TryGetValue(place, out context))
            {
                if (_owned.Count >= limits.ContextsMax) given = Drop(_owned.MinBy(entry => entry.Value.UsedAt).Key);
                context = new(RoomId.Draw(), model, limits);
                _owned.Add(place, context);
                _contexts.Add(context.Id, context);
            }
            context.UsedAt = ++_clock;
        }
        if (given is not null)
            lock (given) given.Dispose();
        return context;
    }

    /// <summary>Takes a query in.</summary>
    /// <exception cref="RoomException">TooMany, UnknownContext or ContractRefused.</exception>
    public OwnedQuery Add(KeyContext context, float[][][] inputs)
    {
        ulong epoch;
        // A context may be at work for seconds: nobody else waits for it here.
        lock (context)
        {
            if (context.Reserve()) counters.Rotated();
            epoch = context.Epoch;
        }
        lock (_gate)
        {
            if (_queries.Count >= limits.QueriesMax) throw new RoomException(RoomFault.TooMany, $"{limits.QueriesMax} queries are here already");
            context.UsedAt = ++_clock;
            OwnedQuery query = new(RoomId.Draw(), context, epoch, inputs);
            _queries.Add(query.Id, query);
            return query;
        }
    }

    /// <summary>Reads which context is meant.</summary>
    /// <exception cref="RoomException">Malformed or UnknownContext.</exception>
    public KeyContext ContextOf(ref WireReader reader)
    {
        RoomId id = RoomId.Read(ref reader);
        lock (_gate)
            return _contexts.TryGetValue(id, out KeyContext? context) ? context
                : throw new RoomException(RoomFault.UnknownContext, $"there is no context {id}");
    }

    /// <summary>Reads which query is meant: of a context, and of no other.</summary>
    /// <exception cref="RoomException">Malformed, UnknownContext or UnknownQuery.</exception>
    public OwnedQuery QueryOf(ref WireReader reader)
    {
        KeyContext context = ContextOf(ref reader);
        return Query(context, RoomId.Read(ref reader));
    }

    /// <exception cref="RoomException">UnknownQuery: also where it is another context's.</exception>
    public OwnedQuery Query(KeyContext context, RoomId id)
    {
        lock (_gate)
            return _queries.TryGetValue(id, out OwnedQuery? query) && ReferenceEquals(query.Context, context) ? query
                : throw new RoomException(RoomFault.UnknownQuery, $"this context has no query {id}");
    }

    /// <summary>A query is over.</summary>
    public void Remove(OwnedQuery query)
    {
        query.Forget();
        lock (_gate) _queries.Remove(query.Id);
    }

    public void Dispose()
    {
        lock (_gate)
            foreach (KeyContext context in _contexts.Values) context.Dispose();
    }

    /// <returns>The context, to be disposed of once nobody is at work with it.</returns>
    private KeyContext Drop((RoomId, string) place)
    {
        _owned.Remove(place, out KeyContext? context);
        _contexts.Remove(context!.Id);
        foreach (OwnedQuery query in _queries.Values.Where(query => ReferenceEquals(query.Context, context)).ToArray())
        {
            query.Forget();
            _queries.Remove(query.Id);
        }
        return context;
    }
}
