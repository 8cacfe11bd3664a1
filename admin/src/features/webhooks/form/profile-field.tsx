import type { SigningProfile } from '@tocsin/shared';
import { profileLabels } from '../../../lib/labels.ts';

const profiles = Object.keys(profileLabels) as SigningProfile[];

/** Selects the signing profile. */
export function ProfileField({
  value,
  onChange,
}: {
  readonly value: SigningProfile;
  readonly onChange: (value: SigningProfile) => void;
}) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-[0.9rem] font-medium">Signing</legend>
      <div className="flex flex-col gap-2">
        {profiles.map((profile) => (
          <label
            key={profile}
            className="flex items-start gap-2.5 rounded-lg border border-line px-3 py-2.5 text-[0.9333rem] has-checked:border-accent has-checked:bg-accent-soft/40"
          >
            <input
              type="radio"
              name="profile"
              className="mt-1"
              checked={value === profile}
              onChange={() => onChange(profile)}
            />
            <span>
              <span className="font-medium">{profileLabels[profile].name}</span>
              <span className="block text-[0.8667rem] text-ink-2">{profileLabels[profile].hint}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
