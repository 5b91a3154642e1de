using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Enclave.Contract;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Enclave.Models;

/// <summary>An uploaded model, checked, with what all its contexts share: parameters and buffers, no keys.</summary>
internal sealed class RoomModel : IDisposable
{
    /// <exception cref="RoomException">Its contract is refused.</exception>
    public RoomModel(RoomId id, ModelPackage package)
    {
        (Id, Package, Contract) = (id, package, RoomContract.Read(package.Contract));
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

    /// <summary>Ciphertexts that each step hands in; the last step's are the outputs.</summary>
    public int[] StepCiphertexts { get; }

    /// <summary>The longest that a step hands in.</summary>
    public long SubmissionBytes { get; }

    /// <summary>Ciphertexts that a query has decrypted.</summary>
    public int Decryptions => StepCiphertexts.Sum();

    /// <summary>How a value lies in slots.</summary>
    public SlotLayout LayoutOf(int value) => Contract.LayoutOf(value);

    public void Dispose() => Context.Dispose();

    private int Blocks(int value) => LayoutOf(value).Blocks;

    private int CiphertextBytes(int step) => Serializer.CiphertextBytes(
        step < Contract.Refreshes.Length ? 1 : Contract.Outputs.Max(output => output.Level), seeded: false);
}
