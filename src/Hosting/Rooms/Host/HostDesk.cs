using System.Collections.Concurrent;
using System.Diagnostics;
using Blindsight.Arithmetic;
using Blindsight.Enclave;
using Blindsight.Enclave.Wire;
using Blindsight.Hosting.Files;

namespace Blindsight.Hosting.Rooms.Host;

/// <summary>A query that the host has evaluated, or keys that it has fetched, or not.</summary>
/// <param name="Images">Of the query; 0 for keys alone.</param>
/// <param name="KeySeconds">Of it, keys and weights that were fetched for the first time.</param>
/// <param name="Fault">Null where it succeeded.</param>
public sealed record HostedRun(string Model, int Images, double Seconds, double KeySeconds, long KeyBytes, RoomFault? Fault);

/// <summary>What the host keeps: programs, in a folder, and queries, which it evaluates one after the other in the order in which they came.</summary>
internal sealed class HostDesk : IDisposable
{
    private const string Suffix = ".program";
    private const int FollowedMax = 4096;

    private readonly Dictionary<RoomId, HostedModel> _models = [];
    private readonly ConcurrentDictionary<RoomId, HostedJob> _jobs = new();
    private readonly ConcurrentQueue<RoomId> _ended = new();
    private readonly BlockingCollection<HostedJob> _waiting = [];
    private readonly string _folder, _socket;
    private readonly int _threads;

    /// <summary>Opens the programs that are there; what cannot be read is complained of and left out.</summary>
    public HostDesk(string folder, string socket, int threads, Action<string> complain)
    {
        (_folder, _socket, _threads) = (folder, socket, threads);
        PrivateFile.CreateFolder(folder);
        foreach (string file in Directory.EnumerateFiles(folder, "*" + Suffix).Order())
        {
            try
            {
                if (RoomId.Parse(Path.GetFileNameWithoutExtension(file)) is { } id) _models.Add(id, new(id, File.ReadAllBytes(file), threads));
            }
            catch (Exception fault) when (fault is RoomException or ParameterException or IOException)
            {
                complain($"{Path.GetFileName(file)}: {fault.Message}");
            }
        }
    }

    /// <summary>Told of every job, on the worker's thread.</summary>
    public event Action<HostedRun>? Ran;

    public (RoomId Id, string Name)[] Models
    {
        get
        {
            lock (_models) return [.. _models.Values.Select(model => (model.Id, model.Program.Model))];
        }
    }

    /// <summary>Takes a model's program in, and writes it to the folder.</summary>
    /// <exception cref="RoomException">It is none.</exception>
    public void Add(RoomId id, byte[] program)
    {
        HostedModel model;
        try
        {
            model = new(id, program, _threads);
        }
        catch (ParameterException refused)
        {
            throw new RoomException(RoomFault.Malformed, refused.Message, refused);
        }
        PrivateFile.Write(Path.Combine(_folder, $"{id}{Suffix}"), file => file.Write(program));
        lock (_models)
        {
            if (!_models.TryAdd(id, model))
            {
                model.Dispose();
                throw new RoomException(RoomFault.OutOfOrder, $"the program of {id} is here already");
            }
        }
    }

    /// <summary>Work waits.</summary>
    public void Enqueue(HostedJob job)
    {
        _jobs[job.Id] = job;
        _waiting.Add(job);
    }

    /// <exception cref="RoomException">UnknownQuery.</exception>
    public HostedJob Job(RoomId id) =>
        _jobs.TryGetValue(id, out HostedJob? job) ? job : throw new RoomException(RoomFault.UnknownQuery, $"the host has no query {id}");

    public string StepName(HostedJob job, int done)
    {
        lock (_models) return _models.TryGetValue(job.Model, out HostedModel? model) && done > 0 ? model.Program.Steps[done - 1].Name : "";
    }

    public int Steps(HostedJob job)
    {
        lock (_models) return _models.TryGetValue(job.Model, out HostedModel? model) ? model.Program.Steps.Length : 0;
    }

    /// <summary>Evaluates what waits, until cancelled.</summary>
    public void Run(CancellationToken cancellation)
    {
        using RoomConnection room = new(_socket);
        foreach (HostedJob job in _waiting.GetConsumingEnumerable(cancellation))
        {
            long start = Stopwatch.GetTimestamp();
            HostedModel? model;
            lock (_models) _models.TryGetValue(job.Model, out model);
            (double keySeconds, long keyBytes) = (model?.FetchSeconds ?? 0, model?.FetchBytes ?? 0);
            RoomException? failure = Evaluate(room, model, job, cancellation);
            job.End(failure);
            _ended.Enqueue(job.Id);
            if (_ended.Count > FollowedMax && _ended.TryDequeue(out RoomId old)) _jobs.TryRemove(old, out _);
            Ran?.Invoke(new(model?.Program.Model ?? $"{job.Model}", job.Images, Stopwatch.GetElapsedTime(start).TotalSeconds,
                (model?.FetchSeconds ?? 0) - keySeconds, (model?.FetchBytes ?? 0) - keyBytes, failure?.Fault));
        }
    }

    public void Dispose()
    {
        _waiting.Dispose();
        foreach (HostedModel model in _models.Values) model.Dispose();
    }

    /// <returns>Why it failed, or null.</returns>
    private static RoomException? Evaluate(RoomConnection room, HostedModel? model, HostedJob job, CancellationToken cancellation)
    {
        try
        {
            if (model is null) throw new RoomException(RoomFault.UnknownModel, "the host has no program of that model");
            if (job.Images == 0) model.Prepare(room, job.Context);
            else model.Evaluate(room, job.Context, job.Id, job.Advance, cancellation);
            return null;
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or IOException))
        {
            // A program that its owner made up may break the evaluation anywhere: it ends the job, not the host.
            RoomException failure = fault as RoomException ?? new RoomException(RoomFault.Defect, $"the evaluation failed: {fault.Message}", fault);
            try
            {
                if (job.Images > 0) room.Ask(RoomRequest.Abandon, [.. job.Context.ToBytes(), .. job.Id.ToBytes()]);
            }
            catch (RoomException)
            {
                // The enclave has given it up before.
            }
            return failure;
        }
    }
}
