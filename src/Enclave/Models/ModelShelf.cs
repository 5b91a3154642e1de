using Blindsight.Enclave.Sealing;

namespace Blindsight.Enclave.Models;

/// <summary>The models that were uploaded; sealed files, opened again after a restart. Thread-safe.</summary>
internal sealed class ModelShelf : IDisposable
{
    private const string FolderName = "models";

    private readonly Dictionary<RoomId, RoomModel> _models = [];
    private readonly SealedFolder _folder;
    private readonly int _modelsMax;

    /// <summary>Opens what is there; what cannot be opened is refused by name and stays where it is.</summary>
    public ModelShelf(string state, Sealer sealer, RoomLimits limits, Action<RoomFault> refused)
    {
        _modelsMax = limits.ModelsMax;
        _folder = new(Path.Combine(state, FolderName), sealer, limits.ModelBytesMax + 1024L);
        foreach (string name in _folder.Names.Take(limits.ModelsMax))
        {
            try
            {
                if (RoomId.Parse(name) is { } id && _folder.Read(name) is { } package) _models.Add(id, new(id, ModelPackage.Read(package)));
                else refused(RoomFault.SealRefused);
            }
            catch (RoomException fault)
            {
                refused(fault.Fault);
            }
        }
    }

    /// <summary>The longest that a step of any model hands in.</summary>
    public long SubmissionBytesMax
    {
        get
        {
            lock (_models) return _models.Count == 0 ? 0 : _models.Values.Max(model => model.SubmissionBytes);
        }
    }

    /// <summary>Takes a model in.</summary>
    /// <exception cref="RoomException">Malformed, refused, or TooMany.</exception>
    public RoomModel Add(ReadOnlySpan<byte> package)
    {
        RoomModel model = new(RoomId.Draw(), ModelPackage.Read(package));
        lock (_models)
        {
            if (_models.Count >= _modelsMax)
            {
                model.Dispose();
                throw new RoomException(RoomFault.TooMany, $"{_modelsMax} models are here already");
            }
            _models.Add(model.Id, model);
        }
        _folder.Write($"{model.Id}", package);
        return model;
    }

    /// <exception cref="RoomException">UnknownModel.</exception>
    public RoomModel this[RoomId id]
    {
        get
        {
            lock (_models)
                return _models.TryGetValue(id, out RoomModel? model) ? model : throw new RoomException(RoomFault.UnknownModel, $"there is no model {id}");
        }
    }

    public void Dispose()
    {
        lock (_models)
            foreach (RoomModel model in _models.Values) model.Dispose();
    }
}
