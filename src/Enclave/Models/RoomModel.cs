using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Integrity;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Enclave.Models;

/// <summary>An uploaded model, checked, with what all its contexts share: parameters and buffers, no keys.</summary>
internal sealed class RoomModel : IDisposable
{
    private volatile bool _distrusted;

    /// <exception cref="RoomException">Its contract is refused.</exception>
    public RoomModel(RoomId id, ModelPackage package)
    {
        (Id, Package, Contract) = (id, package, RoomContract.Read(package.Contract));
        if (package.Projections.Length > 0) Projections = Projections.Read(package.Projections, Contract);
        try
        {
            Context = new CkksContext(LeveledParameters.Of(Contract.Depth));
        }
        catch (ParameterException refused)
        {
            throw new RoomException(RoomFault.ContractRefused, refused.Message, refused);
        }
        Serializer = new(Context);
        StepCiphertexts =
        [
            .. Contract.Refreshes.Select(refresh => refresh.Operands.Sum(Blocks)), Contract.Outputs.Sum(output => Blocks(output.Value)),
        ];
        SubmissionBytes = StepCiphertexts.Select((count, step) => count * (long)CiphertextBytes(step)).Max();
    }

    public RoomId Id { get; }
    public ModelPackage Package { get; }
    public RoomContract Contract { get; }
    public CkksContext Context { get; }
    public CkksSerializer Serializer { get; }

    /// <summary>What the host is checked by; null where the model's owner gave none, because squares lie between what the enclave sees.</summary>
    public Projections? Projections { get; }

    /// <summary>Ciphertexts that each step hands in; the last step's are the outputs.</summary>
    public int[] StepCiphertexts { get; }

    /// <summary>The longest that a step hands in.</summary>
    public long SubmissionBytes { get; }

    /// <summary>Ciphertexts that a query has decrypted.</summary>
    public int Decryptions => StepCiphertexts.Sum();

    /// <summary>How a value lies in slots.</summary>
    public SlotLayout LayoutOf(int value) => Contract.LayoutOf(value);

    /// <summary>The host was caught: further attempts would tell it of the projections, so that there are none until the model is uploaded anew.</summary>
    public void Distrust() => _distrusted = true;

    /// <exception cref="RoomException">IntegrityRefused: the host was caught before.</exception>
    public void RequireTrusted()
    {
        if (_distrusted) throw new RoomException(RoomFault.IntegrityRefused, "the host was caught computing something else; the model must be uploaded anew");
    }

    public void Dispose() => Context.Dispose();

    private int Blocks(int value) => LayoutOf(value).Blocks;

    private int CiphertextBytes(int step) => Serializer.CiphertextBytes(
        step < Contract.Refreshes.Length ? 1 : Contract.Outputs.Max(output => output.Level), seeded: false);
}
