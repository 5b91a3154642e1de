using Blindsight.Arithmetic;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave.Models;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>What a model's owner hands to the enclave.</summary>
public static class RoomPackages
{
    /// <param name="encryptedWeights">Whether the room encrypts the weights for the host; if not, the host has them in the clear and the room has none.</param>
    /// <exception cref="ParameterException">It takes more rotation keys than are made.</exception>
    public static ModelPackage Of(LeveledProgram program, bool encryptedWeights)
    {
        CkksParameters parameters = LeveledParameters.Of(program.Depth);
        using CkksContext context = new(parameters);
        if (new CkksSerializer(context).GaloisKeysBytes(program.Rotations.Count) > LeveledWire.RotationKeyBytesMax)
            throw new ParameterException($"{program.Model} takes keys of {program.Rotations.Count} rotations, more than are made");
        return new(RoomContracts.Of(program, encryptedWeights).Write(), LeveledContract.Of(program).ToJson(),
            encryptedWeights ? LeveledWeights.Plaintexts(parameters, program) : [], []);
    }
}
