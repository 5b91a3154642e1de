using Blindsight.Arithmetic.Randomness;
using Blindsight.Enclave.Models;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Enclave.Contexts;

/// <summary>
/// The keys of one data owner with one model, apart from everybody else's, in memory only. They are replaced when the releases or decryptions that they are
/// for are used up; queries of an earlier epoch are then refused. Lock it while it is used.
/// </summary>
internal sealed class KeyContext : IDisposable
{
    private readonly RoomLimits _limits;
    private readonly Prg _prg = Prg.FromSystem();
    private CkksSecretKey _key;
    private int _resultsLeft, _decryptionsLeft;
    private bool _disposed;

    public KeyContext(RoomId id, RoomModel model, RoomLimits limits)
    {
        (Id, Model, _limits) = (id, model, limits);
        _key = Draw();
    }

    public RoomId Id { get; }
    public RoomModel Model { get; }

    /// <summary>How many keys this is. From 1.</summary>
    public ulong Epoch { get; private set; }

    /// <summary>When it was last entered or asked, to give up the one that rests longest.</summary>
    public long UsedAt { get; set; }

    public CkksSecretKey Key => _key;

    /// <summary>For encryptions and floods.</summary>
    public Prg Randomness => _prg;

    /// <summary>Sets a query's decryptions and its release aside; where too few are left the keys are replaced first.</summary>
    /// <returns>Whether they were.</returns>
    /// <exception cref="RoomException">ContractRefused: one query takes more than a key may give.</exception>
    public bool Reserve()
    {
        RequireAlive();
        int decryptions = Model.Decryptions;
        if (decryptions > _limits.DecryptionsPerKey)
            throw new RoomException(RoomFault.ContractRefused, $"a query decrypts {decryptions} ciphertexts where a key may {_limits.DecryptionsPerKey}");
        bool rotates = _resultsLeft < 1 || _decryptionsLeft < decryptions;
        if (rotates)
        {
            _key.Dispose();
            _key = Draw();
        }
        _resultsLeft--;
        _decryptionsLeft -= decryptions;
        return rotates;
    }

    /// <exception cref="RoomException">KeyRotated: these are no longer the keys of that epoch. UnknownContext: there are none any more.</exception>
    public void RequireEpoch(ulong epoch)
    {
        RequireAlive();
        if (epoch != Epoch) throw new RoomException(RoomFault.KeyRotated, $"keys number {epoch} were replaced; these are number {Epoch}");
    }

    /// <summary>The keys that the host needs and may see.</summary>
    /// <exception cref="RoomException">UnknownContext: there are none any more.</exception>
    public (byte[] Relinearization, byte[] Rotations) EvaluationKeys()
    {
        RequireAlive();
        using CkksRelinearizationKey relinearization = CkksRelinearizationKey.Create(_key, _prg);
        using CkksGaloisKeys rotations = CkksGaloisKeys.Create(_key, Model.Contract.Rotations, conjugation: false, _prg);
        return (Model.Serializer.Write(relinearization), Model.Serializer.Write(rotations));
    }

    /// <summary>The ciphertexts of some of the model's weights, in their order.</summary>
    public byte[][] Weights(int first, int count)
    {
        CkksEncoder encoder = new(Model.Context);
        CkksSecretEncryptor encryptor = new(_key, _prg);
        double[] slots = new double[Model.Context.Parameters.Slots];
        return [.. Model.Package.Weights.Skip(first).Take(count).Select(weight =>
        {
            weight.Spread(slots);
            using CkksPlaintext plaintext = encoder.Encode(slots, weight.Magnitude, weight.Scale, weight.Level);
            using CkksCiphertext ciphertext = encryptor.Encrypt(plaintext);
            return Model.Serializer.Write(ciphertext);
        })];
    }

    public void Dispose()
    {
        _disposed = true;
        _key.Dispose();
        _prg.Dispose();
    }

    private void RequireAlive()
    {
        if (_disposed) throw new RoomException(RoomFault.UnknownContext, "the context gave way to others; enter it again");
    }

    private CkksSecretKey Draw()
    {
        (_resultsLeft, _decryptionsLeft) = (_limits.ResultsPerKey, _limits.DecryptionsPerKey);
        Epoch++;
        return CkksSecretKey.Create(Model.Context, _prg);
    }
}
